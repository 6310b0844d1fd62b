# Sourced by ./alarum and ./check with $here set. Installs a lock file into .venv when it is not installed yet.
#
# pip and venv are what every Python 3.11 brings. The lock pins versions and hashes and names no index and no URL, so
# it installs behind any mirror; a lock file of another tool would first need that tool, and often names its index.

find_python() {
    for name in python3.11 python3.12 python3.13 python3; do
        if command -v "$name" >/dev/null 2>&1 && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
            echo "$name"
            return
        fi
    done
    echo "alarum: Python 3.11 or newer is needed; install it and try again" >&2
    exit 1
}

install_into_venv() {
    lock=$1
    stamp="$here/.venv/installed-$lock"
    if [ -f "$stamp" ] && cmp -s "$here/$lock" "$stamp"; then
        return
    fi
    echo "alarum: installing from $lock into $here/.venv (once)" >&2
    [ -x "$here/.venv/bin/python" ] || "$(find_python)" -m venv "$here/.venv"
    "$here/.venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$here/$lock" >&2
    "$here/.venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e "$here" >&2
    cp "$here/$lock" "$stamp"
}
