#!/bin/sh
# Installs the libraries that Alarum is measured beside, each kind in an environment of its own, and prints the table.
# Needs the internet (PyPI and npm) and Node 20 or newer; none of it is needed to use or to test Alarum.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
peers="$here/evals/peers"
[ -x "$peers/.venv/bin/python" ] || python3 -m venv "$peers/.venv"
"$peers/.venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$peers/requirements.txt"
[ -d "$peers/node_modules" ] || (cd "$peers" && npm ci --no-fund --no-audit --loglevel=error)
cd "$here"
exec "${PYTHON:-$here/.venv/bin/python}" -m evals "$@"
