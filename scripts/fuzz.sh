#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# fuzz.sh FOLDER SECONDS TARGET...: runs each libFuzzer target of FOLDER for SECONDS, starting from its corpus.
# What it learns goes to FOLDER/found/TARGET, never into the tree; a crash leaves its input in FOLDER/crashes.
set -eu

folder=$1 seconds=$2
shift 2
failed=0
for target in "$@"; do
  mkdir -p "$folder/found/$target" "$folder/crashes"
  echo "== $target, $seconds s"
  if ! "$folder/$target" -max_total_time="$seconds" -timeout=30 -rss_limit_mb=2048 -max_len=65536 -print_final_stats=1 \
    -artifact_prefix="$folder/crashes/$target-" "$folder/found/$target" "tests/fuzz/corpus/$target" \
    > "$folder/$target.log" 2>&1; then
    failed=$((failed + 1))
    tail -40 "$folder/$target.log"
  fi
  grep -E 'stat::(number_of_executed_units|average_exec_per_sec|peak_rss_mb)|DONE' "$folder/$target.log" || true
done
echo "$(($# - failed)) passed, $failed failed"
[[ $failed -eq 0 && $# -gt 0 ]]
