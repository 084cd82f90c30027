#!/usr/bin/env bash
# What a model hears on a stream: testing clips one after the other, and sentences without target words.
#   measure.sh MODEL DATASET SENTENCES      SENTENCES: a sound file
# COARSEGRAIN names the command where it is not target/release/coarsegrain.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
command=${COARSEGRAIN:-$here/../../target/release/coarsegrain}
model=$1 data=$2 sentences=$3
shift 3
echo "== the testing split as a stream"
"$command" evaluate "$model" --data "$data" --stream "$@" 2>/dev/null | sed -n '/^One after/,$p'
echo "== sentences"
"$command" listen "$model" --wav "$sentences" "$@"
