# shellcheck shell=bash
# Servers that a script starts: kept by process id, and ended by it.

child_names=() child_pids=() child_logs=() child_keepers=()

# A log has so many bytes and is then kept so many times: five processes write 192 MiB at most.
log_limit_bytes=$((8 << 20)) log_kept=3

# start_child NAME LOG COMMAND...: starts it in the background. It has a session of its own, so Ctrl-C reaches only the
# script, which ends its children in order; and it is told to end if the script itself is killed. What it writes goes
# through a keeper, which ends when nobody writes any more.
start_child() {
  local name=$1 log=$2 into
  shift 2
  # shellcheck disable=SC2154 # the script sets it
  exec {into}> >(exec setsid /usr/bin/env python3 -I "$scripts/lib/keep-log.py" "$log" "$log_limit_bytes" "$log_kept" 9>&-)
  child_keepers+=("$!")
  setsid setpriv --pdeathsig TERM -- "$@" >&"$into" 2>&1 </dev/null {into}>&- &
  child_names+=("$name") child_pids+=("$!") child_logs+=("$log")
  exec {into}>&-
}

# settle_log INDEX: waits until all is written of a child that has ended, a few seconds at most.
settle_log() {
  local tenths
  for ((tenths = 0; tenths < 50; tenths++)); do
    child_runs "${child_keepers[$1]}" || return 0
    sleep 0.1
  done
}

child_runs() { kill -0 "$1" 2>/dev/null; }

# index_of_child NAME: sets `child_index`.
index_of_child() {
  for child_index in "${!child_names[@]}"; do
    if [[ ${child_names[$child_index]} == "$1" ]]; then return 0; fi
  done
  return 1
}

# child_died INDEX STATUS: says which and why, and ends the script with 1.
child_died() {
  settle_log "$1"
  show_tail "${child_logs[$1]}"
  die "${child_names[$1]} ended by itself (exit $2)" "its whole log is ${child_logs[$1]}"
}

# refuse_dead_children: ends the script if a child has ended.
refuse_dead_children() {
  local index status
  for index in "${!child_pids[@]}"; do
    if ! child_runs "${child_pids[$index]}"; then
      status=0
      wait "${child_pids[$index]}" || status=$?
      child_died "$index" "$status"
    fi
  done
}

# await NAME SECONDS COMMAND...: repeats the command until it succeeds; a child that ends meanwhile ends the script.
await() {
  local name=$1 seconds=$2 deadline=$((SECONDS + $2))
  shift 2
  until "$@" >/dev/null 2>&1; do
    refuse_dead_children
    if ((SECONDS >= deadline)); then
      if index_of_child "$name"; then show_tail "${child_logs[$child_index]}"; fi
      die "$name is not ready after $seconds s" "see its log above; a slow machine may simply need another start"
    fi
    sleep 0.1
  done
}

# stop_children SECONDS NAME...: SIGTERM to those that run, together; SIGKILL to what is left after so many seconds.
stop_children() {
  local seconds=$1 name index deadline pids=() names=()
  shift
  for name in "$@"; do
    index_of_child "$name" || continue
    index=$child_index
    if child_runs "${child_pids[$index]}"; then
      kill -TERM "${child_pids[$index]}" 2>/dev/null || true
      pids+=("${child_pids[$index]}") names+=("$name")
    fi
  done
  deadline=$((SECONDS + seconds))
  for index in "${!pids[@]}"; do
    while child_runs "${pids[$index]}" && ((SECONDS < deadline)); do sleep 0.05; done
    if child_runs "${pids[$index]}"; then
      warn "${names[$index]} did not end within $seconds s: killed"
      kill -KILL "${pids[$index]}" 2>/dev/null || true
    fi
  done
  for index in "${!pids[@]}"; do wait "${pids[$index]}" 2>/dev/null || true; done
  for name in "${names[@]}"; do
    index_of_child "$name" && settle_log "$child_index"
  done
}
