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

# start_mongod DATA_FOLDER LOG_FOLDER PORT [OPTION...]: a replica set rs0 of one member, primary when this returns.
start_mongod() {
  local data=$1 logs=$2 port=$3
  shift 3
  mkdir -p "$data"
  # shellcheck disable=SC2154 # mongod and python are set by find_mongod
  start_child mongod "$logs/mongod.log" "$mongod" --replSet rs0 --bind_ip 127.0.0.1 --port "$port" --nounixsocket \
    --dbpath "$data" "$@"
  await mongod 90 listens "$port"
  # shellcheck disable=SC2154
  run_step "replica set rs0 on port $port" "$logs/replica-set.log" "the log of the server is $logs/mongod.log" \
    "$python" "$scripts/lib/initiate-replica-set.py" "$port"
}

# start_redis DATA_FOLDER LOG_FOLDER PORT: nothing is saved; Redis holds only what may be lost.
start_redis() {
  mkdir -p "$1"
  start_child redis-server "$2/redis.log" redis-server --bind 127.0.0.1 --port "$3" --save '' --appendonly no --dir "$1"
  await redis-server 20 listens "$3"
  passed "redis-server on port $3"
}
