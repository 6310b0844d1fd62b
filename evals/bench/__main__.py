"""`python -m evals.bench`: every measure as a ratio to its baseline of the same run. `--quick` omits a million and the peers."""

from __future__ import annotations

import argparse
import asyncio
import sys

from evals.bench import beside, creates, processes, single
from evals.bench.burst import client_alone, measure
from evals.bench.calls import calls
from evals.bench.receiver import Receiver

DUE = 2000
TIMES = 5  # of which the median is shown: the disk and the neighbours have moods


def line(what: str, baseline: str, goal: str, reached: str) -> None:
    print(f"| {what} | {baseline} | {goal} | {reached} |", flush=True)


async def creating() -> None:
    alone, ours, whole = await creates.one_by_one()
    line(
        "tasks created one call each, 100 concurrent callers, durable when answered", f"the same rows, one commit each: {alone:,.0f}/s",
        ">= 15", f"**{ours / alone:.1f}** ({ours:,.0f}/s); whole `schedule` calls, words read and answered: {whole / alone:.1f} ({whole:,.0f}/s)",
    )  # fmt: skip
    bare, dated, worded = await creates.bulk()
    line(
        "100,000 tasks in bulk through the API", f"bare executemany: {bare:,.0f}/s", ">= 0.25",
        f"**{dated / bare:.2f}** ({dated:,.0f}/s) with datetimes; {worded / bare:.2f} ({worded:,.0f}/s) with words that are all different",
    )  # fmt: skip
    plain, here = await creates.size()
    line(
        "bytes per pending task", f"the same columns, bare: {plain:.0f}", "<= 2", f"**{here / plain:.2f}** ({here:.0f})"
    )


async def bursting(receiver: Receiver, quick: bool) -> float:
    pairs = [(await client_alone(receiver, 2 * DUE), await measure(receiver, 100_000, DUE)) for _ in range(TIMES)]
    alone, base = sorted(pairs, key=lambda pair: pair[1].rate / pair[0])[TIMES // 2]
    line(
        "2,000 due in one second, 100,000 pending", f"the HTTP client alone: {alone:,.0f}/s", ">= 0.7",
        f"**{base.rate / alone:.2f}** ({base.rate:,.0f}/s)",
    )  # fmt: skip
    line("lateness in that burst: first", "-", "<= 30 ms", f"**{base.first * 1000:.0f} ms**")
    wanted = DUE / alone
    line(
        "lateness in that burst: last", f"2,000 at the rate of the client alone: {wanted * 1000:.0f} ms", "<= 1.15",
        f"**{base.last / wanted:.2f}** ({base.last * 1000:.0f} ms)",
    )  # fmt: skip
    many = await measure(receiver, 100_000, 10_000)
    line(
        "10,000 due",
        f"the line with 2,000: {base.rate:,.0f}/s",
        ">= 0.9",
        f"**{many.rate / base.rate:.2f}** ({many.rate:,.0f}/s)",
    )
    healthy = await measure(receiver, 1000, DUE)
    stuck = await measure(receiver, 1000, DUE, hanging=DUE // 20)
    line(
        "one hanging host, 5 % of the load: p99 of the healthy", f"without it: {healthy.p99 * 1000:.0f} ms", "<= 2",
        f"**{stuck.p99 / healthy.p99:.2f}** ({stuck.p99 * 1000:.0f} ms)",
    )  # fmt: skip
    if not quick:
        huge = await measure(receiver, 1_000_000, DUE)
        line(
            "1,000,000 pending",
            f"100,000 pending: {base.rate:,.0f}/s",
            ">= 0.9",
            f"**{huge.rate / base.rate:.2f}** ({huge.rate:,.0f}/s)",
        )
    lost, twice, slots = await processes.killed(receiver)
    line(
        "a kill -9 in the burst",
        f"{slots} delivery slots",
        "lost 0, duplicates <= slots",
        f"**lost {lost}, duplicates {twice}**",
    )
    return base.rate


async def idling(receiver: Receiver, quick: bool) -> None:
    late = await single.lateness()
    line(
        "a single task on an idle server, before the POST", "its due time", "never early, p50 <= 2 ms, p99 <= 15 ms",
        f"**earliest {late[0] * 1000:.2f} ms, p50 {late[len(late) // 2] * 1000:.1f} ms, p99 {late[int(len(late) * 0.99)] * 1000:.1f} ms**",
    )  # fmt: skip
    empty, full = (
        sorted([await processes.restart(receiver, 0) for _ in range(3)])[1],
        sorted([await processes.restart(receiver, 100_000) for _ in range(3)])[1],
    )
    line(
        "restart to first delivery, 100,000 pending",
        f"an empty store: {empty:.2f} s",
        "<= 1.2",
        f"**{full / empty:.2f}** ({full:.2f} s)",
    )
    pending = 100_000 if quick else 1_000_000
    for command in (["watch"], ["serve", "--port", "0"]):
        none, many = await processes.idle(receiver, 0, *command), await processes.idle(receiver, pending, *command)
        line(
            f"memory of `alarum {command[0]}` at {pending:,} pending", f"an empty store: {none.megabytes:.0f} MB", "<= 1.2",
            f"**{many.megabytes / none.megabytes:.2f}** ({many.megabytes:.0f} MB)",
        )  # fmt: skip
        line(
            f"idle processor time of `alarum {command[0]}`, the same",
            f"an empty store: {none.core:.3%}",
            "<= 0.05 % of a core",
            f"**{many.core:.3%}**",
        )


async def competing(receiver: Receiver, ours: float) -> None:
    for name, goal in (("apscheduler3", ">= 10"), ("huey", ">= 3.5"), ("apscheduler4", "-")):
        theirs = await beside.rate(receiver, name, DUE)
        if theirs is None:
            line(f"the burst beside {name}", "did not run here", goal, "-")
        else:
            line(
                f"the burst beside {name}",
                f"{theirs:,.0f}/s",
                goal,
                f"**{ours / theirs:.1f}**" if theirs else "it delivered nothing",
            )


async def calling() -> None:
    for mode, era in (("auto", "2026-07-28"), ("legacy", "2025-11-25")):
        for door, (ours, nothing) in zip(("stdio", "HTTP"), await calls(mode), strict=True):
            line(
                f"a `schedule` call over {door}, protocol {era}, as the client waits for it", f"a tool of the same SDK that does nothing: {nothing * 1000:.2f} ms",
                "<= 1.5", f"**{ours / nothing:.2f}** ({ours * 1000:.2f} ms)",
            )  # fmt: skip


async def main(quick: bool, only: str | None) -> None:
    print("| measure | baseline in the same run | goal | reached |\n|---|---|---|---|", flush=True)
    receiver = Receiver.start()
    try:
        if only in (None, "creating"):
            await creating()
        ours = 0.0
        if only in (None, "bursting", "competing"):
            ours = await bursting(receiver, quick)
        if only in (None, "competing") and not quick:
            await competing(receiver, ours)
        if only in (None, "calling"):
            await calling()
        if only in (None, "idling"):
            await idling(receiver, quick)
    finally:
        receiver.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m evals.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", choices=("creating", "bursting", "competing", "calling", "idling"))
    args = parser.parse_args()
    asyncio.run(main(args.quick, args.only))
    sys.exit(0)
