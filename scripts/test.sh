#!/usr/bin/env bash
# Sets up what is missing and runs all tests. Arguments go to `cargo test`: scripts/test.sh sparse::
set -u
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd) || exit 1
. "$ROOT/scripts/setup.sh"

ensure_packages build window test
ensure_rust

cd "$ROOT" && exec cargo test --workspace --locked "$@"
