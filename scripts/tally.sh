# Shell functions of ./test: steps, and the count of what passed, failed and was skipped.
# Reports have one line a test: `ok NAME`, `not ok NAME: why` or `skip NAME: why`; a program of many
# tests may say `NAME: 12 passed, 0 failed, 1 skipped` instead. Other lines are comments.

passed=0 failed=0 skipped=0
counts='^[^ ]+: ([0-9]+) passed, ([0-9]+) failed, ([0-9]+) skipped$'

# Passes a report on and adds it to the count.
tally() {
  local line
  while IFS= read -r line; do
    printf '%s\n' "$line"
    if [[ $line =~ $counts ]]; then
      passed=$((passed + BASH_REMATCH[1]))
      failed=$((failed + BASH_REMATCH[2]))
      skipped=$((skipped + BASH_REMATCH[3]))
      continue
    fi
    case $line in
      'ok '*) passed=$((passed + 1)) ;;
      'not ok '*) failed=$((failed + 1)) ;;
      'skip '*) skipped=$((skipped + 1)) ;;
    esac
  done
}

# step NAME COMMAND...: a headline, the command, the time it took.
step() {
  local name=$1 begin=$SECONDS
  shift
  printf '== %s\n' "$name"
  "$@"
  printf '   %d s\n' $((SECONDS - begin))
}

# Runs a program that reports its tests; failing without a word is a failed test too.
run_reporting() {
  local failed_before=$failed code=0
  tally < <("$@" </dev/null 2>&1)
  wait $! || code=$?
  [ "$code" = 0 ] || [ "$failed" != "$failed_before" ] || tally <<<"not ok $1: exit code $code"
}

# run_beside SCRIPT...: four at once, in this order, for scripts that wait more than they work.
run_beside() {
  local lock code=0
  lock=$(mktemp)
  tally < <(printf '%s\n' "$@" | xargs -P 4 -I {} scripts/beside "$lock" {})
  wait $! || code=$?
  [ "$code" = 0 ] || tally <<<"not ok beside: exit code $code"
  rm -f "$lock"
}

# begin_aside SCRIPT: starts one that waits for nobody and takes only what the others leave of the processors.
begin_aside() {
  aside_report=$(mktemp)
  # Its own process group, for end_aside.
  set -m
  scripts/beside "$aside_report" "$1" >"$aside_report" &
  aside=$!
  set +m
  trap end_aside EXIT
}

# Waits for it, and tallies what it reported.
await_aside() {
  wait "$aside" || true
  tally <"$aside_report"
  aside=''
  end_aside
}

end_aside() {
  [ -z "$aside" ] || kill -- "-$aside" 2>/dev/null || true
  rm -f "$aside_report"
}

# build_all PRESET [TARGET...]: builds everything, or those; configures anew because packages may have
# come since.
build_all() {
  built=''
  if configure "$1" && build "$@"; then built=yes; fi
  if [ -n "$built" ]; then tally <<<"ok build/$1"; else tally <<<"not ok build/$1"; fi
}

# run_ctest PRESET [ARG...]: runs the tests of the last build and reports them by program.
run_ctest() {
  local preset=$1 directory results
  [ -n "$built" ] || return 0
  shift
  directory=$(build_directory "$preset")
  results=$PWD/$directory/results
  rm -rf "$results"
  mkdir -p "$results"
  GTEST_OUTPUT="json:$results/" ctest --test-dir "$directory" --parallel "$JOBS" \
    --output-junit "$results/ctest.xml" "$@" >"$results/log" 2>&1 </dev/null || true
  run_reporting python3 -B scripts/ctest_report.py "$preset" "$results"
}

# The last line of ./test, and its exit code.
finish() {
  printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
  [ "$failed" = 0 ] || exit 1
}
