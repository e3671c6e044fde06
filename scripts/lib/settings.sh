# shellcheck shell=bash
# Settings: the environment first, then .env. The same order as in the hub itself.

# dotenv NAME: its value in .env, or nothing.
dotenv() {
  [[ -f .env ]] || return 0
  local value
  value=$(sed -nE "s/^ *(export +)?$1 *= *(.*[^[:space:]])[[:space:]]*$/\2/p" .env | tail -n 1)
  # In quotes up to the closing one; bare up to a comment.
  case $value in
    \"*\"*) value=${value#\"} value=${value%%\"*} ;;
    \'*\'*) value=${value#\'} value=${value%%\'*} ;;
    *) value=${value%% #*} ;;
  esac
  printf '%s' "$value"
}

# setting NAME [DEFAULT]
setting() {
  local value=${!1-}
  if [[ -z $value ]]; then value=$(dotenv "$1"); fi
  printf '%s' "${value:-${2-}}"
}

random_secret() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }

# write_first_settings: makes .env of .env.example at the first start, with a random key. The servers' addresses stay
# out of it: as long as they are not set, the script starts servers of its own.
write_first_settings() {
  if [[ ! -f .env ]]; then
    [[ -f .env.example ]] || die ".env.example is missing" "restore it: git checkout -- .env.example"
    (
      umask 077
      sed -E -e 's/^(MONGODB_URI|REDIS_URL)=/# &/' -e "s/^JWT_SECRET=.*/JWT_SECRET=$(random_secret)/" \
        .env.example >.env.new
      mv .env.new .env
    )
    passed "wrote .env with a random JWT_SECRET (readable by you alone)"
  fi
  if [[ -z $(setting JWT_SECRET) ]]; then
    printf '\nJWT_SECRET=%s\n' "$(random_secret)" >>.env
    note "added a random JWT_SECRET to .env, which had none"
  fi
}
