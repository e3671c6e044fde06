# shellcheck shell=bash
# What the scripts say, and how they run a step: each has a name, a log and a clear end.

if [[ -t 1 && -z ${NO_COLOR-} && ${TERM-dumb} != dumb ]]; then
  bold=$'\e[1m' red=$'\e[31m' green=$'\e[32m' yellow=$'\e[33m' dim=$'\e[2m' plain=$'\e[0m' on_terminal=1
else
  bold='' red='' green='' yellow='' dim='' plain='' on_terminal=''
fi

say() { printf '%s\n' "$*"; }
headline() { printf '%s%s%s\n' "$bold" "$*" "$plain"; }
note() { printf '%s  %s%s\n' "$dim" "$*" "$plain"; }
warn() { printf '%s! %s%s\n' "$yellow" "$*" "$plain" >&2; }
passed() { printf '%s✓%s %s\n' "$green" "$plain" "$*"; }

# die WHAT [WHAT TO DO]: ends the script with 1; the EXIT trap tidies up.
die() {
  printf '%s✗ %s%s\n' "$red" "$1" "$plain" >&2
  if [[ -n ${2-} ]]; then printf '  %s\n' "$2" >&2; fi
  exit 1
}

# show_tail LOG [LINES]: the end of a log, indented.
show_tail() {
  if [[ -s $1 ]]; then
    printf '  the end of %s:\n' "$1" >&2
    tail -n "${2:-25}" "$1" | cut -c1-400 | sed 's/^/  | /' >&2
  else
    printf '  %s is empty\n' "$1" >&2
  fi
}

# The step that is running: a process group of its own, so that ending it ends its children too.
step_pid=''

end_step() {
  [[ -n $step_pid ]] || return 0
  kill -TERM -- "-$step_pid" 2>/dev/null || true
  local tenths
  for ((tenths = 0; tenths < 50; tenths++)); do
    kill -0 -- "-$step_pid" 2>/dev/null || break
    sleep 0.1
  done
  kill -KILL -- "-$step_pid" 2>/dev/null || true
  step_pid=''
}

# measure_terminal: sets `columns`; 80 where the terminal does not say.
measure_terminal() {
  { read -r _ columns < <(stty size <&3 2>/dev/null) || true; } 3<&1
  ((${columns:-0} > 0)) || columns=80
}

# show_progress TITLE LOG: the newest line of the log on a terminal, a line every 30 s elsewhere; until the step ends.
show_progress() {
  local started=$SECONDS told=0 elapsed last head room columns
  while kill -0 "$step_pid" 2>/dev/null; do
    sleep 0.2
    elapsed=$((SECONDS - started))
    if [[ -n $on_terminal ]]; then
      last=$(tail -c 400 "$2" 2>/dev/null | tr '\r' '\n' | tail -n 1 | tr -cd '[:print:]') || last=''
      # A line that wraps cannot be taken back, and one that ends in the last column may wrap.
      measure_terminal
      head="  $1 … $elapsed s " room=$((columns - 1))
      head=${head:0:room}
      printf '\r\e[K%s%s%s%s' "$head" "$dim" "${last:0:room-${#head}}" "$plain"
    elif ((elapsed >= told + 30)); then
      told=$elapsed
      note "$1: $elapsed s so far"
    fi
  done
  if [[ -n $on_terminal ]]; then printf '\r\e[K'; fi
}

# new_log FILE: an empty one that only this user reads.
new_log() { (umask 077 && : >"$1"); }

# run_step TITLE LOG WHAT_TO_DO COMMAND...: runs it with its output in the log; a failure ends the script, with the
# log's tail and what to do. TERM and INT end the step at once.
run_step() {
  local title=$1 log=$2 advice=$3 started=$SECONDS status=0
  shift 3
  new_log "$log"
  setsid "$@" >>"$log" 2>&1 </dev/null &
  step_pid=$!
  show_progress "$title" "$log"
  wait "$step_pid" || status=$?
  step_pid=''
  if ((status != 0)); then
    show_tail "$log"
    die "$title failed (exit $status)" "$advice"
  fi
  passed "$title ($((SECONDS - started)) s)"
}
