"""`python -m evals.crash --kills 200 --runs 10000`: kill -9 a delivering server again and again, then count."""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
from pathlib import Path

from evals.crash.drill import Drill, Result


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m evals.crash", description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result = asyncio.run(Drill(Path(folder), args.kills, args.runs, random.Random(args.seed)).carry_out())
    print(json.dumps(vars(result), indent=2))
    return 0 if sound(result) else 1


def sound(result: Result) -> bool:
    """Nothing lost, nothing rung twice, every duplicate explained by a crash, and every answer kept."""
    return (result.lost, result.rung_twice, result.unexplained, result.answers_broken) == (
        0,
        0,
        0,
        0,
    ) and result.delivered == result.occurrences


if __name__ == "__main__":
    sys.exit(main())
