#!/bin/sh
# Shows the official MCP Inspector listing and calling the tools, over stdio and HTTP, in both protocol eras, strict.
# Needs npm; Node 22 comes with the packages. Everything runs on loopback and on a database of its own.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
. "$here/scripts/serving.sh"
npm_tools "$here/evals/inspector" mcp-inspector
export ALARUM_DB="$work/alarum.db" ALARUM_ZONE=Europe/Berlin PYTHONUNBUFFERED=1
python=${PYTHON:-$here/.venv/bin/python}
port=${PORT:-8799}
cd "$here"
# The Inspector gives a stdio server only part of its environment: the wrapper keeps it off the user's own database.
printf '#!/bin/sh\nexport ALARUM_DB="%s" ALARUM_ZONE="%s"\ncd "%s"\nexec "%s" -m alarum\n' \
    "$ALARUM_DB" "$ALARUM_ZONE" "$here" "$python" >"$work/stdio"
chmod +x "$work/stdio"

"$python" -m alarum serve --port "$port" >"$work/log" 2>&1 &
server=$!
trap 'kill $server 2>/dev/null; rm -rf "$work"' EXIT
answers_at "$port"

call='{"when":"remind me to call my friend every monday at 10:00"}'
for era in legacy modern; do
    for door in stdio http; do
        if [ "$door" = http ]; then
            set -- "http://127.0.0.1:$port/mcp" --transport http
        else
            set -- "$work/stdio"
        fi
        echo "== $door, $era: tools/list --strict"
        mcp-inspector --cli "$@" --protocol-era "$era" --method tools/list --strict --format json -q >"$work/list"
        for tool in schedule query cancel; do grep -q "\"name\": *\"$tool\"" "$work/list"; done
        echo "== $door, $era: schedule"
        mcp-inspector --cli "$@" --protocol-era "$era" --method tools/call --tool-name schedule --tool-args-json "$call" --format json -q >"$work/call"
        grep -q 'every monday at 10:00' "$work/call"
    done
done
[ "$("$python" -m alarum query --json | grep -c '"message"')" = 4 ] # all four are in the script's own database
echo "inspector: 8 of 8 calls passed"
