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

# write_running_settings FILE: what a hub that runs here was told and what was chosen for it, for every command that is
# started in this folder while it runs. A value that cannot stand in such a file is left out.
write_running_settings() {
  local file=$1 name value quote
  (
    umask 077
    {
      printf '# Of the hub that scripts/run started here, while .data/run.lock is held; it goes when that ends.\n'
      while read -r name; do
        value=${!name-}
        [[ -n $value ]] || continue
        quote="'"
        if [[ $value == *"'"* ]]; then quote='"'; fi
        if [[ $value == *$'\n'* || $value == *"$quote"* || ($quote == '"' && $value == *[\$\`\\]*) ]]; then
          warn "$name has characters that $file cannot hold: give it to each command yourself"
        else
          printf '%s=%s%s%s\n' "$name" "$quote" "$value" "$quote"
        fi
      done < <(sed -nE 's/^([A-Z0-9_]+)=.*/\1/p' .env.example)
    } >"$file.new"
    mv -f "$file.new" "$file"
  )
}

# keep_private: nobody else of this machine reads the settings, the data and the logs.
keep_private() {
  (umask 077 && mkdir -p .data/log)
  chmod 700 .data .data/log
  find .data/log -maxdepth 1 -type f ! -perm 600 -exec chmod 600 {} +
  if [[ -f .env && -n $(find .env -maxdepth 0 -perm /077) ]]; then
    chmod 600 .env
    note "others could read .env: now only you can"
  fi
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
        -e "s/^SECRETS_KEY=.*/SECRETS_KEY=$(random_secret)/" \
        -e 's/^DRAIN_DELAY_S=.*/DRAIN_DELAY_S=0/' .env.example >.env.new
      mv .env.new .env
    )
    passed "wrote .env with a random JWT_SECRET and SECRETS_KEY (readable by you alone)"
  fi
  if [[ -z $(setting JWT_SECRET) ]]; then
    printf '\nJWT_SECRET=%s\n' "$(random_secret)" >>.env
    note "added a random JWT_SECRET to .env, which had none"
  fi
}
