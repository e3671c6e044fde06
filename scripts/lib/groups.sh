# shellcheck shell=bash
# Groups of tests: each is a run of the one test program with its own log, limit and verdict, some beside each other.
# Whoever sources this sets `temporary`, a folder, and `group_limit_s`, and has sourced say.sh and children.sh.
# shellcheck disable=SC2154

group_names=() group_states=() group_started=() group_pids=()
declare -A group_words=()

# test_program: sets `program`, the one that `swift build --build-tests` made.
find_test_program() {
  program=$(swift build --show-bin-path)
  program=$(find "$program" -maxdepth 1 -name '*PackageTests.xctest' -type f -print -quit)
  [[ -x $program ]] || die "the build made no test program" "is it swift build --build-tests that ran?"
}

# add_group NAME OPTION...: a group to be run, of the tests that `--filter` and `--skip` name.
add_group() {
  group_names+=("$1") group_states+=(waits) group_started+=(0) group_pids+=('')
  local name=$1
  shift
  group_words[$name]=$(printf '%s\n' "$@")
}

# begin_group INDEX LIMIT_S
begin_group() {
  local name=${group_names[$1]} words=()
  mapfile -t words <<<"${group_words[$name]}"
  group_states[$1]=runs group_started[$1]=$SECONDS
  start_child "$name" "$temporary/$name.log" timeout --kill-after=10 "$2" "$program" --testing-library swift-testing \
    --event-stream-version 0 --event-stream-output-path "$temporary/$name.events" "${words[@]}"
  group_pids[$1]=$!
}

# end_of_group INDEX: its exit status; says how it went.
end_of_group() {
  local index=$1 name=${group_names[$1]} status=0 took
  wait "${group_pids[$index]}" || status=$?
  took=$((SECONDS - group_started[index]))
  group_states[index]=$status
  if ((status == 0)); then
    passed "$name: $(count_of_tests "$name") tests ($took s)"
  else
    printf '%s✗%s %s: %s (%d s)\n' "$red" "$plain" "$name" "$(why_it_ended "$status" "$name")" "$took"
  fi
}

why_it_ended() {
  local count
  count=$(failures_of "$2" | wc -l)
  case $1 in
    124 | 137) printf 'ended after its limit of %d s' "$group_limit_s" ;;
    69) printf 'no test ran' ;;
    1) if ((count == 1)); then printf 'failed in 1 test'; else printf 'failed in %d tests' "$count"; fi ;;
    *) if (($1 > 128)); then printf 'died of signal %d' $(($1 - 128)); else printf 'exit %d' "$1"; fi ;;
  esac
}

# events_of NAME FILTER: of the events of a group, as far as it came; its last line may be cut.
events_of() { jq -rR "fromjson? | select(.kind == \"event\") | .payload | $2" "$temporary/$1.events" 2>/dev/null || true; }

count_of_tests() { events_of "$1" 'select(.kind == "testEnded" and (.testID | contains("/"))) | .testID' | wc -l; }

# failures_of NAME: a line a test that failed: the test, where, and the first thing that was wrong. What is expected on a
# thread belongs to no test, as far as the library knows: then it is the one that begins above it in its file.
failures_of() {
  jq -rR 'fromjson? | .payload as $it
    | if .kind == "test" and $it.kind == "function" then
        ["test", $it.id, $it.sourceLocation.fileID, $it.sourceLocation.line]
      elif .kind == "event" and $it.kind == "issueRecorded" and ($it.issue.isKnown | not)
        and ($it.issue.severity // "error") == "error" then
        ["issue", $it.testID // "", $it.issue.sourceLocation.fileID // "?", $it.issue.sourceLocation.line // 0,
          (($it.messages[0].text // "?") | split("\n")[0])]
      else empty end | @tsv' "$temporary/$1.events" 2>/dev/null |
    awk -F '\t' '
      $1 == "test" { ids[$3, ++counts[$3]] = $2; lines[$3, counts[$3]] = $4 }
      $1 == "issue" {
        test = $2
        for (one = 1; test == "" && one <= counts[$3]; one++)
          if (lines[$3, one] <= $4 && lines[$3, one] > nearest[NR]) { nearest[NR] = lines[$3, one]; found[NR] = ids[$3, one] }
        if (test == "") test = found[NR] != "" ? found[NR] : "in " $3
        if (!seen[test]++) print test "\t" $3 ":" $4 "\t" $5
      }' || true
}

# unfinished_of NAME: the tests that had begun and not ended.
unfinished_of() {
  events_of "$1" 'select(.kind == "testCaseStarted" or .kind == "testCaseEnded")
    | [(if .kind == "testCaseStarted" then 1 else -1 end), .testID] | @tsv' |
    awk -F '\t' '{ open[$2] += $1 } END { for (test in open) if (open[test] > 0) print test }' | sort
}

# short_name TEST_ID: without the file that stands behind it.
short_name() { printf '%s' "${1%/*.swift:*}"; }

# run_groups AT_ONCE: each group once, so many beside each other, whatever becomes of the others. Fails if one did.
run_groups() {
  local at_once=$1 told=$SECONDS running index
  while true; do
    running=0
    for index in "${!group_names[@]}"; do
      if [[ ${group_states[$index]} == runs ]] && ! child_runs "${group_pids[$index]}"; then end_of_group "$index"; fi
      if [[ ${group_states[$index]} == runs ]]; then running=$((running + 1)); fi
    done
    for index in "${!group_names[@]}"; do
      if ((running < at_once)) && [[ ${group_states[$index]} == waits ]]; then
        begin_group "$index" "$group_limit_s"
        running=$((running + 1))
      fi
    done
    ((running > 0)) || break
    if ((SECONDS >= told + 30)); then
      told=$SECONDS
      tell_progress
    fi
    sleep 0.3
  done
  [[ ${group_states[*]} =~ ^(0 ?)*$ ]]
}

tell_progress() {
  local index text=''
  for index in "${!group_names[@]}"; do
    if [[ ${group_states[$index]} == runs ]]; then
      text+="${text:+, }${group_names[$index]} $(count_of_tests "${group_names[$index]}") tests in $((SECONDS - group_started[index])) s"
    fi
  done
  note "$text"
}

# The most lines of one group at the end: all of them are to fit on a screen.
summary_lines=12

# summarise: what failed, by name, at the end of it all.
summarise() {
  local index name status lines line test place text
  headline "What failed"
  for index in "${!group_names[@]}"; do
    name=${group_names[$index]} status=${group_states[$index]}
    [[ $status != 0 ]] || continue
    printf '%s✗ %s%s: %s\n' "$red" "$name" "$plain" "$(why_it_ended "$status" "$name")"
    mapfile -t lines < <(failures_of "$name")
    for line in "${lines[@]:0:summary_lines}"; do
      IFS=$'\t' read -r test place text <<<"$line"
      printf '  %s\n    %s: %s\n' "$(short_name "$test")" "$place" "${text:0:150}"
    done
    if ((${#lines[@]} > summary_lines)); then note "and $((${#lines[@]} - summary_lines)) more"; fi
    if ((status != 1 && status != 69)); then
      mapfile -t lines < <(unfinished_of "$name")
      for test in "${lines[@]:0:summary_lines}"; do printf '  had begun and not ended: %s\n' "$(short_name "$test")"; done
      if ((${#lines[@]} > summary_lines)); then note "and $((${#lines[@]} - summary_lines)) more"; fi
    fi
    note "all of it: $temporary/$name.log"
  done
}
