# Sourced by the scripts that run others' tools against servers of ours, with $here, $work and $python set.

# npm_tools FOLDER TOOL: the packages of a folder's lock file are installed, and their commands come first on the PATH.
npm_tools() {
    [ -x "$1/node_modules/.bin/$2" ] || (cd "$1" && npm ci --no-fund --no-audit --loglevel=error)
    PATH="$1/node_modules/.bin:$PATH"
}

# answers_at PORT: returns when something takes connections there; shows the logs and fails when nothing does.
answers_at() {
    tries=0
    until "$python" -c "import socket; socket.create_connection(('127.0.0.1', $1)).close()" 2>/dev/null; do
        tries=$((tries + 1))
        [ "$tries" -lt 100 ] || { cat "$work"/*log; exit 1; }
        sleep 0.2
    done
}
