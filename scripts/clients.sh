#!/bin/sh
# Installs Claude Code, Codex and Gemini CLI and runs each against a scripted stand-in for its model, on loopback.
# Needs npm; Node 22 comes with the packages.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
clients="$here/evals/clients"
[ -x "$clients/node_modules/.bin/claude" ] || (cd "$clients" && npm ci --no-fund --no-audit --loglevel=error)
cd "$here"
exec "${PYTHON:-$here/.venv/bin/python}" -m evals.clients "$@"
