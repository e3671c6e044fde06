# shellcheck shell=bash
# The servers that the hub stands on, bound to 127.0.0.1.

# A hub with many clients, and a mongod with many tests' databases, need many descriptors: as many as this user may have,
# up to a million.
raise_descriptors() {
  local hard
  hard=$(ulimit -Hn)
  if [[ $hard == unlimited ]] || ((hard > 1048576)); then hard=1048576; fi
  ulimit -Sn "$hard"
}

listens() { (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# guard_servers DATABASE: what start_mongod and start_redis start from now on asks for a password: every user of this
# machine reaches 127.0.0.1. Sets `server_password`, new at each start, for the user orderhub of both.
guard_servers() {
  guarded_database=$1 server_password=$(random_secret) mongo_key=$PWD/.data/mongo.key
  if [[ ! -s $mongo_key ]]; then (umask 077 && random_secret >"$mongo_key"); fi
  chmod 600 "$mongo_key"
}
guarded_database='' server_password='' mongo_key=''

# start_mongod DATA_FOLDER LOG_FOLDER PORT [OPTION...]: a replica set rs0 of one member, primary when this returns.
start_mongod() {
  local data=$1 logs=$2 port=$3 guard=() asks=()
  shift 3
  mkdir -p "$data"
  if [[ -n $mongo_key ]]; then guard=(--keyFile "$mongo_key") asks=("$mongo_key" "$guarded_database"); fi
  # shellcheck disable=SC2154 # mongod and python are set by find_mongod
  start_child mongod "$logs/mongod.log" "$mongod" --replSet rs0 --bind_ip 127.0.0.1 --port "$port" --nounixsocket \
    --dbpath "$data" "${guard[@]}" "$@"
  await mongod 90 listens "$port"
  # The password is in the environment, where only this user sees it.
  # shellcheck disable=SC2154
  HUB_PASSWORD=$server_password run_step "replica set rs0 on port $port" "$logs/replica-set.log" \
    "the log of the server is $logs/mongod.log" "$python" "$scripts/lib/initiate-replica-set.py" "$port" "${asks[@]}"
}

# start_redis DATA_FOLDER LOG_FOLDER PORT: nothing is saved; Redis holds only what may be lost. Its user may do what the
# hub does and no more.
start_redis() {
  local data=$1 hash
  (umask 077 && mkdir -p "$data")
  hash=$(printf '%s' "$server_password" | sha256sum | cut -d ' ' -f 1)
  (umask 077 && sed "s/@PASSWORD_SHA256@/$hash/" "$scripts/lib/redis-user.acl" >"$data/users.acl")
  start_child redis-server "$2/redis.log" redis-server --bind 127.0.0.1 --port "$3" --save '' --appendonly no \
    --dir "$data" --aclfile "$PWD/$data/users.acl"
  await redis-server 20 listens "$3"
  passed "redis-server on port $3"
}
