#!/usr/bin/env bash
# The detector's settings on validation recordings: hits and false detections of each combination.
#   sweep.sh MODEL DATASET        MODEL: a run folder, a model file, `dense` or `cgs`
# Prints tab-separated lines. COARSEGRAIN names the command where it is not target/release/coarsegrain.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
command=${COARSEGRAIN:-$here/../../target/release/coarsegrain}
model=$1 data=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 "$here/running_speech.py" "$data" "$work/running.wav"

printf 'isolation\thop_ms\tsmooth_ms\tthreshold\thits\twords\tfalse_per_hour\tfalse_per_hour_running\n'
for isolation in ${ISOLATION:-0 0.7 0.8 0.85}; do
for hop in ${HOP:-100}; do
for smooth in ${SMOOTH:-200 300 400 500}; do
for threshold in ${THRESHOLD:-0.5 0.6 0.7 0.8}; do
  settings="--set detect.isolation=$isolation --set detect.hop_ms=$hop --set detect.smooth_ms=$smooth"
  settings="$settings --set detect.threshold=$threshold --set detect.refractory_ms=700"
  printf '%s\t%s\t%s\t%s\t' "$isolation" "$hop" "$smooth" "$threshold"
  # shellcheck disable=SC2086  # a list of arguments
  {
    "$command" evaluate "$model" --data "$data" --split validation --stream --json $settings
    "$command" listen "$model" --wav "$work/running.wav" $settings 2>&1 >/dev/null
  } 2>/dev/null | python3 -c '
import json, re, sys
text = sys.stdin.read()
report, end = json.JSONDecoder().raw_decode(text)
stream = report["stream"]
running = re.search(r"\(([0-9.]+) per hour\)", text[end:]).group(1)
print(stream["num_hits"], stream["num_words"], round(stream["false_per_hour"]), running, sep="\t")'
done
done
done
done
