#!/bin/sh
# Installs Claude Code, Codex and Gemini CLI and runs each against a scripted stand-in for its model, on loopback.
# Needs npm; Node 22 comes with the packages.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
. "$here/scripts/serving.sh"
npm_tools "$here/evals/clients" claude
cd "$here"
exec "${PYTHON:-$here/.venv/bin/python}" -m evals.clients "$@"
