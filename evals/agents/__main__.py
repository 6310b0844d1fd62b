"""`python -m evals.agents`: how many requests end as they must, by kind; says who answered them. `--show` lists the others."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections import Counter

from evals.agents.cases import Case, cases
from evals.agents.models import Anthropic, Scripted, chosen
from evals.agents.world import world


async def judged(case: Case, kept: list[dict[str, object]], model: Scripted | Anthropic) -> str | None:
    """What is not as it must be after the request, or None."""
    async with world(kept) as it:
        for step in case.before:
            await it.passes(step)
        told, wrong = await model.answer(case, it)
        for check in case.checks:
            wrong = wrong or await it.wrong(check, told)
    return wrong


async def run(show: bool) -> int:
    kept, requests = cases()
    model = chosen()
    right, total = Counter[str](), Counter[str]()
    for case in requests:
        wrong = await judged(case, kept, model)
        total[case.category] += 1
        right[case.category] += wrong is None
        if wrong and show:
            print(f"- {case.request}\n  {wrong}")
    print(f"answered by: {model.name}")
    for category, count in total.items():
        print(f"{category:18} {right[category]:3} of {count}")
    print(f"{'all':18} {right.total():3} of {total.total()}")
    return 0 if right == total or isinstance(model, Anthropic) else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m evals.agents")
    parser.add_argument("--show", action="store_true", help="list what did not end as it must, and why")
    sys.exit(asyncio.run(run(parser.parse_args().show)))
