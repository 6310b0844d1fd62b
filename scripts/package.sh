#!/bin/sh
# Builds dist/: the wheel, and the .mcpb bundle for Claude Desktop; checks the bundle and the Claude Code plugin with their own tools.
# Needs npm; Node 22 comes with the packages.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
. "$here/scripts/serving.sh"
PATH="$here/.venv/bin:$PATH"
npm_tools "$here/evals/clients" mcpb
python=${PYTHON:-$here/.venv/bin/python}
dist=${DIST:-$here/dist}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$here"
mkdir -p "$dist" "$work/bundle" "$work/plugin"
"$python" -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation -w "$dist" "$here"
git archive HEAD nlp server store pyproject.toml README.md LICENSE | tar -x -C "$work/bundle"
cp packaging/mcpb/manifest.json .claude-plugin/icon.png "$work/bundle/"
mcpb validate "$work/bundle/manifest.json"
mcpb pack "$work/bundle" "$dist/alarum.mcpb" >/dev/null
git archive HEAD | tar -x -C "$work/plugin"
HOME="$work" claude plugin validate "$work/plugin"
echo "packaged: $(cd "$dist" && ls | tr '\n' ' ')"
