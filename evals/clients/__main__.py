"""`python -m evals.clients`: every client once, and what it did. Install them first: sh scripts/clients.sh does both."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from evals.clients.run import CLIENTS

if __name__ == "__main__":
    for name in sys.argv[1:] or CLIENTS:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
            model = CLIENTS[name](Path(home))
        print(f"{name}: {', '.join(call.name for call in model.calls)}")
