#!/bin/sh
# Runs the official MCP conformance suite for both protocol eras: against the product, and against the suite's own
# fixtures behind the product's HTTP door (Host and Origin checks, bearer tokens, subscriptions).
# Needs npm; Node 22 comes with the package. Everything runs on loopback and on a database of its own.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
suite="$here/evals/conformance"
. "$here/scripts/serving.sh"
npm_tools "$suite" conformance
export ALARUM_DB="$work/alarum.db" ALARUM_ZONE=Europe/Berlin
python=${PYTHON:-$here/.venv/bin/python}
port=${PORT:-8797}
fixtures=$((port + 1))
cd "$here"
"$python" -m alarum serve --port "$port" >"$work/product.log" 2>&1 &
one=$!
"$python" -m evals.conformance.fixtures "$fixtures" >"$work/fixtures.log" 2>&1 &
two=$!
trap 'kill $one $two 2>/dev/null; rm -rf "$work"' EXIT
answers_at "$port"
answers_at "$fixtures"
for era in 2025-11-25 2026-07-28; do
    for what in product fixtures; do
        [ "$what" = product ] && at=$port || at=$fixtures
        conformance server --url "http://127.0.0.1:$at/mcp" --requirements "$era" \
            --expected-failures "$suite/$what-$era.yml" -o "$work/out" >"$work/result" 2>&1 || { tail -80 "$work/result"; exit 1; }
        echo "$what, $era: $(grep '^Total:' "$work/result"), none unexpected"
    done
done
