"""`python -m evals`: accuracy by category and speed, ours and the baselines', side by side.

`--floor` runs only our part and fails when it falls below what was reached before; `--show` prints what went wrong.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
import warnings
from collections import Counter

from evals.phrases import Phrase, judge, phrases
from evals.readers import READERS, Reader

# Reached before; only ever raised. In percent of the own set.
FLOOR_RIGHT = 99.0
CEILING_WRONG = 0.5


def measure(reader: Reader, cases: list[Phrase]) -> tuple[dict[str, Counter[str]], float, list[Phrase]]:
    """Verdicts by category, the median time of a call in microseconds, and the phrases that were not right."""
    tally: dict[str, Counter[str]] = {}
    spent, bad = [], []
    reader("tomorrow at 9")
    for case in cases:
        begin = time.perf_counter()
        answer = reader(case.text)
        spent.append(time.perf_counter() - begin)
        verdict = judge(case, answer)
        for key in (case.category, "all"):
            tally.setdefault(key, Counter())[verdict] += 1
        if verdict != "right":
            bad.append(case)
    return tally, statistics.median(spent) * 1e6, bad


def percent(tally: Counter[str], verdict: str) -> float:
    return 100 * tally[verdict] / sum(tally.values())


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m evals")
    parser.add_argument("--floor", action="store_true")
    parser.add_argument("--show", action="store_true")
    args = parser.parse_args()
    warnings.simplefilter("ignore")  # the baselines use deprecated calls
    cases = phrases()
    if args.floor:
        tally, _, bad = measure(READERS["alarum"], cases)
        right, wrong = percent(tally["all"], "right"), percent(tally["all"], "wrong")
        print(f"evals: {right:.1f}% right, {wrong:.1f}% silently wrong of {len(cases)} phrases")
        for case in bad:
            print(f"  {case.category}: {case.text}")
        return 0 if right >= FLOOR_RIGHT and wrong <= CEILING_WRONG else 1
    results = {name: measure(reader, cases) for name, reader in READERS.items()}
    print(f"right / silently wrong, percent of {len(cases)} phrases")
    print(f"{'':12}{'n':>4}" + "".join(f"{name:>16}" for name in results))
    for key in [*dict.fromkeys(c.category for c in cases), "all"]:
        n = sum(results["alarum"][0][key].values())
        cells = (f"{percent(t[key], 'right'):6.1f} / {percent(t[key], 'wrong'):4.1f}" for t, _, _ in results.values())
        print(f"{key:12}{n:>4}" + "".join(f"{cell:>16}" for cell in cells))
    print(f"{'median us':12}{'':4}" + "".join(f"{spent:>16.0f}" for _, spent, _ in results.values()))
    if args.show:
        for case in results["alarum"][2]:
            print(f"not right: {case.category}: {case.text} -> {READERS['alarum'](case.text)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
