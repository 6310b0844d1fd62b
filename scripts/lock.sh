#!/bin/sh
# Writes the lock files anew from pyproject.toml. For maintainers; needs uv (`pip install uv`).
set -eu
cd "$(dirname "$0")/.."
options="--universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url --no-emit-find-links --quiet"
echo 'hatchling>=1.27,<2' >/tmp/alarum-build.in
uv pip compile $options pyproject.toml /tmp/alarum-build.in -o requirements.lock
uv pip compile $options pyproject.toml --group dev -o requirements-dev.lock
