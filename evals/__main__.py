"""`python -m evals`: accuracy by category and speed, ours and the peers', side by side in one run.

`--floor` runs only our part and fails when it falls below what was reached before; `--show` prints what went wrong.
The peers run in environments of their own: `scripts/peers.sh` makes them and calls this.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections import Counter

from evals.phrases import Answer, Phrase, judge, phrases
from evals.readers import Measured, alarum, installed, ours

# Reached before; only ever raised. In percent of the own set.
FLOOR_RIGHT = 99.2
CEILING_WRONG = 0.4
Tally = dict[str, Counter[str]]


def tally(cases: list[Phrase], answers: list[Answer]) -> Tally:
    """Verdicts by category and in all."""
    counts: Tally = {}
    for case, answer in zip(cases, answers, strict=True):
        for key in (case.category, "repeating" if case.repeats else "", "all"):
            counts.setdefault(key, Counter())[judge(case, answer)] += 1
    return counts


def percent(counts: Counter[str], verdict: str) -> float:
    return 100 * counts[verdict] / sum(counts.values())


def floor(cases: list[Phrase]) -> int:
    answers = [alarum(case.text) for case in cases]
    counts = tally(cases, answers)["all"]
    right, wrong = percent(counts, "right"), percent(counts, "wrong")
    print(f"evals: {right:.1f}% right, {wrong:.1f}% silently wrong of {len(cases)} phrases")
    if right >= FLOOR_RIGHT and wrong <= CEILING_WRONG:
        return 0
    for case, answer in zip(cases, answers, strict=True):
        if judge(case, answer) != "right":
            print(f"  {case.category}: {case.text}")
    return 1


def table(cases: list[Phrase], results: dict[str, Measured]) -> None:
    tallies = {name: tally(cases, answers) for name, (answers, _) in results.items()}
    print(f"right / silently wrong, percent of {len(cases)} phrases")
    print(f"{'':10}{'n':>5}" + "".join(f"{name:>15}" for name in results))
    for key in [*dict.fromkeys(case.category for case in cases), "repeating", "all"]:
        cells = (f"{percent(t[key], 'right'):5.1f} / {percent(t[key], 'wrong'):4.1f}" for t in tallies.values())
        print(f"{key:10}{sum(tallies['alarum'][key].values()):>5}" + "".join(f"{cell:>15}" for cell in cells))
    for label, at in (("median us", 0.5), ("p99 us", 0.99)):
        cells = (f"{statistics.quantiles(spent, n=100)[round(at * 100) - 1]:.0f}" for _, spent in results.values())
        print(f"{label:15}" + "".join(f"{cell:>15}" for cell in cells))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m evals")
    parser.add_argument("--floor", action="store_true")
    parser.add_argument("--show", action="store_true")
    args = parser.parse_args()
    cases = phrases()
    if args.floor:
        return floor(cases)
    texts = [case.text for case in cases]
    peers = installed()
    results = {"alarum": ours(texts)} | {name: measure(texts) for name, measure in peers.items()}
    table(cases, results)
    if not peers:
        print("no peer is installed here; scripts/peers.sh installs them and prints all columns")
    if args.show:
        for case, answer in zip(cases, results["alarum"][0], strict=True):
            if judge(case, answer) != "right":
                print(f"not right: {case.category}: {case.text} -> {answer}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
