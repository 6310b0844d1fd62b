"""`python -m evals.fairness`: one namespace does its worst to a real server; how late are the runs of another?"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from pathlib import Path

from evals.fairness.drill import Drill, Result


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m evals.fairness", description=__doc__)
    parser.add_argument("--seconds", type=int, default=30, help="of each half: quiet, then beside the worst")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result = asyncio.run(Drill(Path(folder), args.seconds).carry_out())
    print(json.dumps(vars(result), indent=2))
    return 0 if fair(result) else 1


def fair(result: Result) -> bool:
    """Everything of the quiet namespace arrived, at most twice as late as without the other, or within 250 ms."""
    return (
        result.arrived == result.expected
        and result.p99_beside <= max(2 * result.p99_quiet, 0.25)
        and result.health == 200
    )


if __name__ == "__main__":
    sys.exit(main())
