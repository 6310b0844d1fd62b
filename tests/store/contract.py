"""What every store must do. An implementation's tests inherit this and give a `store` fixture."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from store import Find, Outcome, Run, RunState, Store, Task, TaskExists

AT = datetime(2026, 11, 20, 9, 0, tzinfo=timezone.utc)
LEASE = timedelta(seconds=60)


def task(task_id: str = "t1", due: datetime | None = AT) -> Task:
    return Task(task_id, "call Anna", '{"kind":"unscheduled"}', "UTC", "call Anna at 9", "once", "active", due, AT)


def run(of: Task, state: RunState = "waiting") -> Run:
    assert of.due is not None
    return Run(f"{of.id}_{of.due:%H%M}", of.id, of.runs + 1, of.due, AT, state)


@pytest.mark.anyio
class StoreContract:
    async def test_a_task_comes_back_as_it_was_kept(self, store: Store) -> None:
        kept = replace(task(), payload={"a": [1, "ü"]}, tags=("home", "x"), webhook="http://h/")
        await store.add(kept)
        assert await store.get("t1") == kept

    async def test_a_second_task_with_the_same_id_is_refused_and_changes_nothing(self, store: Store) -> None:
        await store.add(task())
        with pytest.raises(TaskExists, match="choose another id"):
            await store.add(replace(task(), message="other"))
        found = await store.get("t1")
        assert found is not None
        assert found.message == "call Anna"

    async def test_one_bad_write_in_a_shared_commit_harms_no_other(self, store: Store) -> None:
        await store.add(task("a"))
        results = await asyncio.gather(*(store.add(task(i)) for i in ("b", "a", "c")), return_exceptions=True)
        assert [type(r) for r in results] == [type(None), TaskExists, type(None)]
        assert (await store.find(Find())).total == 3

    async def test_only_one_ring_of_an_occurrence_wins(self, store: Store) -> None:
        await store.add(task())
        following = AT + timedelta(days=1)
        won = await asyncio.gather(*(store.ring(task(), run(task()), following) for _ in range(5)))
        assert sorted(won) == [False, False, False, False, True]
        moved = await store.get("t1")
        assert moved is not None
        assert (moved.due, moved.runs, len(await store.runs())) == (following, 1, 1)

    async def test_a_task_without_a_next_time_ends(self, store: Store) -> None:
        await store.add(task())
        await store.ring(task(), run(task()), None)
        ended = await store.get("t1")
        assert ended is not None
        assert (ended.state, ended.due) == ("ended", None)

    async def test_a_cancelled_task_never_rings_and_keeps_its_history(self, store: Store) -> None:
        await store.add(task())
        await store.ring(task(), run(task()), AT + timedelta(days=1))
        before = await store.cancel("t1")
        assert before is not None
        assert await store.cancel("t1") is None
        assert not await store.ring(before, run(before), None)
        assert await store.due(AT + timedelta(days=9), 10) == []
        assert len(await store.runs(task_id="t1")) == 1

    async def test_a_claimed_run_is_nobody_elses_until_its_lease_ends(self, store: Store) -> None:
        await store.add(task())
        await store.ring(task(), run(task()), None)
        first = await store.claim("one", AT, LEASE, 10)
        assert [c.run.id for c in first] == ["t1_0900"]
        assert await store.claim("two", AT, LEASE, 10) == []
        again = await store.claim("two", AT + LEASE, LEASE, 10)
        assert [(c.run.id, c.attempt) for c in again] == [("t1_0900", 2)]

    async def test_a_late_finish_of_a_lost_claim_changes_nothing(self, store: Store) -> None:
        await store.add(task())
        await store.ring(task(), run(task()), None)
        (zombie,) = await store.claim("one", AT, LEASE, 10)
        (holder,) = await store.claim("two", AT + LEASE, LEASE, 10)
        assert not await store.finish(zombie, Outcome("failed", AT, AT, 500, "late"))
        assert await store.finish(holder, Outcome("delivered", AT, AT, 200))
        assert [r.state for r in await store.runs()] == ["delivered"]
        assert [a.number for a in await store.attempts("t1_0900")] == [2]

    async def test_a_retry_is_claimed_at_its_time_and_every_attempt_is_a_row(self, store: Store) -> None:
        await store.add(task())
        await store.ring(task(), run(task()), None)
        (claim,) = await store.claim("one", AT, LEASE, 10)
        later = AT + timedelta(seconds=5)
        await store.finish(claim, Outcome("failed", AT, AT, 500, "no", later))
        assert await store.next_wake() == later
        assert await store.claim("one", AT + timedelta(seconds=4), LEASE, 10) == []
        (claim,) = await store.claim("one", later, LEASE, 10)
        await store.finish(claim, Outcome("failed", later, later, 500, "no"))
        assert [r.state for r in await store.runs()] == ["failed"]
        assert [(a.number, a.status) for a in await store.attempts("t1_0900")] == [(1, 500), (2, 500)]

    async def test_the_inbox_holds_what_was_not_acknowledged(self, store: Store) -> None:
        await store.add(task())
        await store.ring(task(), run(task(), "delivered"), None)
        assert [r.message for r in await store.runs(inbox=True)] == ["call Anna"]
        assert await store.acknowledge(["t1_0900"], AT) == 1
        assert await store.acknowledge(["t1_0900"], AT) == 0
        assert await store.runs(inbox=True) == []

    async def test_a_full_inbox_shows_the_newest(self, store: Store) -> None:
        for number in range(4):
            await store.add(task(f"t{number}"))
            await store.ring(task(f"t{number}"), run(task(f"t{number}"), "delivered"), None)
        assert [r.task_id for r in await store.runs(inbox=True, limit=2)] == ["t2", "t3"]

    async def test_find_matches_words_in_any_case_and_counts_all(self, store: Store) -> None:
        for number in range(5):
            await store.add(replace(task(f"t{number}"), message=f"call {'Anna' if number % 2 else 'Bob'}"))
        found = await store.find(Find(text="ANNA call", limit=1))
        assert (len(found.tasks), found.total) == (1, 5)  # the words of all five name Anna
        assert (await store.find(Find(text="bob"))).total == 3

    async def test_the_next_wake_is_the_earliest_due_time(self, store: Store) -> None:
        assert await store.next_wake() is None
        await store.add(task("late", AT + timedelta(days=2)))
        await store.add(task("soon", AT + timedelta(days=1)))
        await store.add(task("never", None))
        assert await store.next_wake() == AT + timedelta(days=1)

    async def test_the_last_beat_is_the_newest(self, store: Store) -> None:
        assert await store.last_beat() is None
        await store.beat("one", AT)
        await store.beat("two", AT + timedelta(seconds=9))
        assert await store.last_beat() == AT + timedelta(seconds=9)
