#!/usr/bin/env bash
# Opens the workbench: sets up what is missing, builds, starts the window. Arguments go to the window.
#
#   scripts/run.sh [ARGUMENT]...              the window
#   scripts/run.sh --headless [ARGUMENT]...   the headless command `coarsegrain`, which needs no display
set -u
# No `cd`: arguments may be paths relative to where the person is.
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd) || exit 1
. "$ROOT/scripts/setup.sh"

if [ "${1:-}" = --headless ]; then
  shift
  ensure_packages build
  program=coarsegrain
elif [ "$(uname -s)" != Darwin ] && [ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
  fail "There is no display here (DISPLAY and WAYLAND_DISPLAY are empty), so the window cannot open; the headless command \`coarsegrain\` does the same work without one: scripts/run.sh --headless --help"
else
  ensure_packages build window
  program=coarsegrain-workbench
fi
ensure_rust

exec cargo run --manifest-path "$ROOT/Cargo.toml" --release --locked --bin "$program" -- "$@"
