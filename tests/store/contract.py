"""What every store must do. An implementation's tests inherit this and give a `store` fixture."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from alarum_store import (
    Capacity,
    Outcome,
    Overlap,
    Plan,
    Rate,
    Run,
    RunState,
    Snooze,
    Store,
    Task,
    TaskExists,
    TaskFilter,
    Wake,
)
from tests.support.moments import AT

LEASE = timedelta(seconds=60)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
FAILED = Outcome("failed", AT, AT, 500, "no")
DONE = Outcome("delivered", AT, AT, 200)


def task(task_id: str = "t1", due: datetime | None = AT) -> Task:
    return Task(task_id, "call Anna", '{"kind":"unscheduled"}', "UTC", "call Anna at 9", "once", "active", due, AT)


@dataclass
class Planned:
    """A planner that rings at each due time and goes on by `step`, or ends."""

    at: datetime = AT
    step: timedelta | None = None
    state: RunState = "waiting"
    target: str = "h:80"
    overlap: Overlap = "allow"
    rate: Rate | None = None
    bad: tuple[str, ...] = ()
    seen: list[str] = field(default_factory=list)

    def due(self, task: Task) -> Plan:
        if task.id in self.bad:
            raise ValueError("not a rule")
        assert task.due is not None
        self.seen.append(task.id)
        due = task.due + self.step if self.step else None
        run = self._run(task, task.due)
        return Plan(task, "active" if due else "ended", due, None, 1, (run,), self.overlap, self.rate)

    def again(self, task: Task, snooze: Snooze) -> Run:
        return replace(self._run(task, snooze.due), id=f"{task.id}-{snooze.due:%H%M}-again", origin="snooze")

    def _run(self, task: Task, due: datetime) -> Run:
        run_id = f"{task.namespace}{task.id}_{due:%d%H%M%S}"
        return Run(run_id, task.id, task.runs + 1, due, self.at, self.state, target=self.target, priority=task.priority)


def room(owner: str = "one", slots: int = 10, each: int = 10) -> Capacity:
    return Capacity(owner, LEASE, slots, each)


@pytest.mark.anyio
class StoreContract:
    async def test_a_task_comes_back_as_it_was_kept(self, store: Store) -> None:
        kept = replace(
            task(), payload={"a": [1, "ü"]}, metadata={"by": "me"}, tags=("home", "x"), webhook="http://h/", priority=3,
            policies={"misfire": "skip"}, idempotency_key="k", wall=datetime(2026, 11, 20, 10), scheduled=AT - DAY, why="w",
        )  # fmt: skip
        await store.tasks.add(kept)
        found = await store.tasks.get("t1")
        assert found is not None
        assert replace(found, key=0) == kept
        assert await store.tasks.by_key("k") == found

    async def test_a_second_task_with_the_same_id_is_refused_and_changes_nothing(self, store: Store) -> None:
        await store.tasks.add(task())
        with pytest.raises(TaskExists, match="choose another id"):
            await store.tasks.add(replace(task(), message="other"))
        found = await store.tasks.get("t1")
        assert found is not None
        assert found.message == "call Anna"

    async def test_one_bad_write_in_a_shared_commit_harms_no_other(self, store: Store) -> None:
        await store.tasks.add(task("a"))
        results = await asyncio.gather(*(store.tasks.add(task(i)) for i in ("b", "a", "c")), return_exceptions=True)
        assert [type(r) for r in results] == [type(None), TaskExists, type(None)]
        assert (await store.tasks.find(TaskFilter())).total == 3

    async def test_many_are_kept_at_once_and_what_was_there_is_named(self, store: Store) -> None:
        await store.tasks.add(replace(task("t7"), message="old"))
        assert await store.tasks.add_many([task(f"t{n}") for n in range(5000)]) == ["t7"]
        assert (await store.tasks.find(TaskFilter())).total == 5000
        old = await store.tasks.get("t7")
        assert old is not None
        assert old.message == "old"

    async def test_namespaces_do_not_see_each_other(self, store: Store) -> None:
        await store.tasks.add(replace(task(), namespace="anna"))
        await store.tasks.add(replace(task(), namespace="bob", message="bob's"))
        await store.loop.turn(AT, Planned(state="delivered"), None, 10)
        assert await store.tasks.get("t1") is None
        found = await store.tasks.get("t1", "bob")
        assert found is not None
        assert found.message == "bob's"
        (fired,) = await store.runs.find(namespace="bob", inbox=True)
        assert await store.runs.acknowledge([fired.id], AT, "anna") == 0
        assert await store.runs.get(fired.id, "anna") is None
        assert await store.tasks.cancel("t1", AT) is None
        assert (await store.tasks.find(TaskFilter("anna", states=("ended",)))).total == 1

    async def test_only_one_turn_rings_an_occurrence(self, store: Store) -> None:
        await store.tasks.add(task())
        rung = await asyncio.gather(*(store.loop.turn(AT, Planned(step=DAY), None, 10) for _ in range(5)))
        assert sorted(r.moved for r in rung) == [0, 0, 0, 0, 1]
        moved = await store.tasks.get("t1")
        assert moved is not None
        assert (moved.due, moved.runs, len(await store.runs.find())) == (AT + DAY, 1, 1)

    async def test_an_occurrence_that_is_recorded_never_rings_again(self, store: Store) -> None:
        await store.tasks.add(task())
        await store.loop.turn(AT, Planned(step=DAY), None, 10)
        moved = await store.tasks.get("t1")
        assert moved is not None
        assert await store.tasks.change(replace(moved, due=AT))  # as after a clock that went back, or a restored backup
        await store.loop.turn(AT, Planned(step=DAY), None, 10)
        assert len(await store.runs.find()) == 1

    async def test_nothing_rings_before_its_time(self, store: Store) -> None:
        await store.tasks.add(task())
        assert (await store.loop.turn(AT - timedelta(milliseconds=1), Planned(), None, 10)).moved == 0

    async def test_a_task_without_a_next_time_ends(self, store: Store) -> None:
        await store.tasks.add(task())
        await store.loop.turn(AT, Planned(), None, 10)
        ended = await store.tasks.get("t1")
        assert ended is not None
        assert (ended.state, ended.due) == ("ended", None)

    async def test_a_cancelled_task_never_rings_and_keeps_its_history(self, store: Store) -> None:
        await store.tasks.add(task())
        await store.loop.turn(AT, Planned(step=DAY), None, 10)
        assert await store.tasks.cancel("t1", AT) is not None
        assert await store.tasks.cancel("t1", AT) is None
        assert (await store.loop.turn(AT + DAY * 9, Planned(), room(), 10)).claims == []
        assert [r.state for r in await store.runs.find(task_id="t1")] == ["skipped"]

    async def test_a_change_of_an_older_version_is_refused(self, store: Store) -> None:
        await store.tasks.add(task())
        read = await store.tasks.get("t1")
        assert read is not None
        assert await store.tasks.change(replace(read, message="one"))
        assert not await store.tasks.change(replace(read, message="two"))
        now = await store.tasks.get("t1")
        assert now is not None
        assert (now.message, now.version) == ("one", read.version + 1)

    async def test_what_rings_is_claimed_in_the_same_turn_as_far_as_there_is_room(self, store: Store) -> None:
        for number in range(5):
            await store.tasks.add(task(f"t{number}"))
        first = await store.loop.turn(AT, Planned(), room(slots=3), 10)
        assert (first.moved, len(first.claims)) == (5, 3)
        assert await store.loop.next_wake() == Wake(AT + LEASE, (("", "h:80"),))
        assert len((await store.loop.turn(AT, Planned(), room("two"), 10)).claims) == 2

    async def test_a_claimed_run_is_nobody_elses_until_its_lease_ends(self, store: Store) -> None:
        await store.tasks.add(task())
        (first,) = (await store.loop.turn(AT, Planned(), room(), 10)).claims
        assert (first.run.id, first.attempt, first.run.try_at) == ("t1_20090000", 1, AT + LEASE)
        assert (await store.loop.turn(AT, Planned(), room("two"), 10)).claims == []
        (again,) = (await store.loop.turn(AT + LEASE, Planned(), room("two"), 10)).claims
        assert (again.run.id, again.attempt) == ("t1_20090000", 2)
        (lost,) = await store.runs.attempts("t1_20090000")
        assert (lost.number, lost.ended, lost.error_class) == (1, None, "unknown")

    async def test_a_late_finish_of_a_lost_claim_changes_nothing(self, store: Store) -> None:
        await store.tasks.add(task())
        (zombie,) = (await store.loop.turn(AT, Planned(), room(), 10)).claims
        (holder,) = (await store.loop.turn(AT + LEASE, Planned(), room("two"), 10)).claims
        assert not (await store.loop.finish([(zombie, FAILED)]))[0]
        assert (await store.loop.finish([(holder, DONE)]))[0]
        assert [r.state for r in await store.runs.find()] == ["delivered"]
        assert [(a.number, a.status) for a in await store.runs.attempts("t1_20090000")] == [(1, None), (2, 200)]

    async def test_a_retry_is_claimed_at_its_time_and_every_attempt_is_a_row(self, store: Store) -> None:
        await store.tasks.add(task())
        (claim,) = (await store.loop.turn(AT, Planned(), room(), 10)).claims
        later = AT + 5 * SECOND
        await store.loop.finish([(claim, replace(FAILED, retry_at=later))])
        assert await store.loop.next_wake() == Wake(later)
        assert (await store.loop.turn(AT + 4 * SECOND, Planned(), room(), 10)).claims == []
        (claim,) = (await store.loop.turn(later, Planned(), room(), 10)).claims
        assert claim.tries == 2
        await store.loop.finish([(claim, FAILED)])
        assert [(r.state, r.why) for r in await store.runs.find()] == [("failed", "no")]
        assert [(a.number, a.status) for a in await store.runs.attempts("t1_20090000")] == [(1, 500), (2, 500)]

    async def test_a_failed_run_is_delivered_again_on_request_with_its_tries_counted_anew(self, store: Store) -> None:
        await store.tasks.add(task())
        (claim,) = (await store.loop.turn(AT, Planned(), room(), 10)).claims
        await store.loop.finish([(claim, FAILED)])
        assert await store.runs.redeliver(since=AT + SECOND) == 0
        assert await store.runs.redeliver(run_id="t1_20090000") == 1
        (again,) = (await store.loop.turn(AT, Planned(), room(), 10)).claims
        assert (again.run.id, again.attempt, again.tries) == ("t1_20090000", 2, 1)

    async def test_the_higher_priority_goes_first(self, store: Store) -> None:
        for number in range(6):
            await store.tasks.add(replace(task(f"t{number}"), priority=number % 3))
        claims = (await store.loop.turn(AT, Planned(), room(slots=4), 10)).claims
        assert [c.task.id for c in claims] == ["t2", "t5", "t1", "t4"]

    async def test_a_target_has_its_own_share_of_the_slots(self, store: Store) -> None:
        for target in ("slow:80", "well:80"):
            for number in range(5):
                await store.tasks.add(task(f"{target[:4]}{number}"))
            await store.loop.turn(AT, Planned(target=target), None, 10)
        narrow = Capacity("one", LEASE, 10, 3, {"well:80": 1}, {"slow:80": 1})
        targets = [c.run.target for c in (await store.loop.turn(AT, Planned(), narrow, 10)).claims]
        assert sorted(targets) == ["slow:80", "well:80", "well:80"]

    async def test_overlap_skip_records_why(self, store: Store) -> None:
        await store.tasks.add(task())
        await store.loop.turn(AT, Planned(step=DAY, overlap="skip"), None, 10)
        await store.loop.turn(AT + DAY, Planned(step=DAY, overlap="skip"), None, 10)
        assert [r.state for r in await store.runs.find()] == ["waiting", "skipped"]
        assert "still being delivered" in str((await store.runs.find())[1].why)

    async def test_overlap_queue_sends_one_after_another(self, store: Store) -> None:
        await store.tasks.add(task())
        plan = Planned(step=DAY, overlap="queue")
        (first,) = (await store.loop.turn(AT, plan, room(), 10)).claims
        await store.loop.finish(
            [(first, replace(FAILED, retry_at=AT + 9 * DAY))]
        )  # a retry keeps its place in the line
        for day in (1, 2):
            assert (await store.loop.turn(AT + day * DAY, plan, room(), 10)).claims == []
        sent = []
        for _ in range(3):
            (claim,) = (await store.loop.turn(AT + 9 * DAY, plan, room(), 10)).claims
            sent.append(claim.run.scheduled)
            await store.loop.finish([(claim, DONE)])
        assert sent == [AT, AT + DAY, AT + 2 * DAY]

    @pytest.mark.parametrize(("sliding", "states"), [(True, "dds"), (False, "dsd")])
    async def test_a_rate_is_kept_and_what_is_over_it_says_so(self, store: Store, sliding: bool, states: str) -> None:
        rate = Rate(1, timedelta(minutes=1), sliding)
        await store.tasks.add(task())
        moments = [AT, AT + 60 * SECOND, AT + 90 * SECOND] if sliding else [AT + n * SECOND for n in (0, 59, 60)]
        for moment in moments:
            kept = await store.tasks.get("t1")
            assert kept is not None
            await store.tasks.change(replace(kept, due=moment))
            await store.loop.turn(moment, Planned(moment, DAY, "delivered", rate=rate), None, 10)
        found = await store.runs.find()
        assert "".join(r.state[0] for r in found) == states
        assert all("the limit of 1 in 0:01:00" in str(r.why) for r in found if r.state == "skipped")

    async def test_a_task_that_cannot_be_planned_is_set_aside_and_the_others_ring(self, store: Store) -> None:
        for name in ("a", "b", "c"):
            await store.tasks.add(task(name))
        assert (await store.loop.turn(AT, Planned(bad=("b",)), None, 10)).moved == 3
        assert {r.task_id for r in await store.runs.find()} == {"a", "c"}
        damaged = await store.tasks.get("b")
        assert damaged is not None
        assert (damaged.state, damaged.why) == ("damaged", "ValueError: not a rule")
        assert (await store.upkeep.statistics(AT)).damaged == 1
        assert (await store.loop.turn(AT, Planned(), None, 10)).moved == 0

    async def test_what_a_process_held_is_given_back(self, store: Store) -> None:
        await store.tasks.add(task())
        await store.loop.turn(AT, Planned(), room(), 10)
        assert await store.loop.release("one", AT, sent=True) == 1
        (again,) = (await store.loop.turn(AT, Planned(), room("two"), 10)).claims
        assert again.attempt == 2
        assert [a.error_class for a in await store.runs.attempts(again.run.id)] == ["unknown"]
        assert await store.loop.release("two", AT, sent=False) == 1
        (again,) = (await store.loop.turn(AT, Planned(), room("two"), 10)).claims
        assert again.attempt == 2

    async def test_a_snoozed_run_comes_again_once_as_a_run_of_its_own(self, store: Store) -> None:
        await store.tasks.add(task())
        await store.loop.turn(AT, Planned(state="delivered"), None, 10)
        later = AT + timedelta(minutes=10)
        assert await store.runs.snooze("t1_20090000", later, AT)
        assert not await store.runs.snooze("nothing", later, AT)
        assert await store.runs.find(inbox=True) == []
        assert await store.loop.next_wake() == Wake(later)
        for _ in range(2):
            await store.loop.turn(later, Planned(state="delivered"), None, 10)
        assert [(r.id, r.origin) for r in await store.runs.find(inbox=True)] == [("t1-0910-again", "snooze")]

    async def test_the_inbox_holds_what_was_not_acknowledged(self, store: Store) -> None:
        await store.tasks.add(task())
        await store.loop.turn(AT, Planned(state="delivered"), None, 10)
        assert [r.message for r in await store.runs.find(inbox=True)] == ["call Anna"]
        assert await store.runs.acknowledge(["t1_20090000"], AT) == 1
        assert await store.runs.acknowledge(["t1_20090000"], AT) == 0
        assert await store.runs.find(inbox=True) == []

    async def test_a_full_inbox_shows_the_newest(self, store: Store) -> None:
        for number in range(4):
            await store.tasks.add(task(f"t{number}"))
            await store.loop.turn(AT, Planned(state="delivered"), None, 10)
        assert [r.task_id for r in await store.runs.find(inbox=True, limit=2)] == ["t2", "t3"]

    async def test_find_matches_words_in_any_case_and_tags_and_counts_all(self, store: Store) -> None:
        for number in range(5):
            named = "Anna" if number % 2 else "Bob"
            await store.tasks.add(replace(task(f"t{number}"), message=f"call {named}", tags=(named,)))
        found = await store.tasks.find(TaskFilter(text="ANNA call", limit=1))
        assert (len(found.tasks), found.total) == (1, 5)  # the words of all five name Anna
        assert (await store.tasks.find(TaskFilter(text="bob"))).total == 3
        assert (await store.tasks.find(TaskFilter(tag="anna"))).total == 2

    async def test_the_next_wake_is_the_earliest_due_time(self, store: Store) -> None:
        assert await store.loop.next_wake() == Wake(None)
        await store.tasks.add(task("late", AT + 2 * DAY))
        await store.tasks.add(task("soon", AT + DAY))
        await store.tasks.add(task("never", None))
        assert await store.loop.next_wake() == Wake(AT + DAY)

    async def test_a_beat_keeps_what_a_loop_is_set_up_with_and_tells_how_far_the_clock_had_come(
        self, store: Store
    ) -> None:
        assert await store.loop.loops() == []
        assert await store.loop.heartbeat("two", AT + 9 * SECOND, {"a": "b"}) is None
        assert await store.loop.heartbeat("one", AT) == AT + 9 * SECOND
        assert await store.loop.heartbeat("one", AT + SECOND) == AT
        found = [(loop.owner, loop.seen, loop.setup) for loop in await store.loop.loops()]
        assert found == [("one", AT + SECOND, {}), ("two", AT + 9 * SECOND, {"a": "b"})]
        await store.loop.leave("one")
        assert [loop.owner for loop in await store.loop.loops()] == ["two"]

    async def test_a_url_that_is_gone_stays_so_until_it_is_tried_again(self, store: Store) -> None:
        await store.tasks.add(task())
        (claim,) = (await store.loop.turn(AT, Planned(), room(), 10)).claims
        await store.loop.finish([(claim, replace(FAILED, status=410, disables="http://h/"))])
        assert await store.targets.disabled() == {"http://h/"}
        await store.targets.enable("http://h/")
        assert await store.targets.disabled() == frozenset()

    async def test_statistics_count_by_state_and_tell_the_lag(self, store: Store) -> None:
        for number, due in enumerate((AT, AT + 5 * SECOND, AT + DAY, None)):
            await store.tasks.add(task(f"t{number}", due))
        (claim,) = (await store.loop.turn(AT, Planned(), room(), 10)).claims
        await store.loop.finish([(claim, FAILED)])
        found = await store.upkeep.statistics(AT + 9 * SECOND)
        assert (found.tasks, found.runs) == ({"active": 3, "ended": 1}, {"failed": 1})
        assert (found.due, found.ready, found.failed_24h, found.lag) == (1, 0, 1, 4 * SECOND)
        assert (await store.upkeep.statistics(AT + 2 * DAY)).failed_24h == 0

    async def test_what_is_old_is_forgotten_and_what_waits_is_not(self, store: Store) -> None:
        await store.tasks.add(task("done"))
        await store.tasks.add(task("stays", AT + DAY))
        await store.loop.turn(AT, Planned(state="delivered"), None, 10)
        await store.loop.turn(AT + DAY, Planned(AT + DAY, DAY), None, 10)
        assert await store.upkeep.purge(AT, AT, 100) == 0
        assert await store.upkeep.purge(AT + 2 * DAY, AT + 2 * DAY, 100) == 2
        assert [r.task_id for r in await store.runs.find()] == ["stays"]
        assert await store.tasks.get("done") is None

    async def test_wall_clock_times_ahead_are_walked_in_batches(self, store: Store) -> None:
        for number in range(5):
            await store.tasks.add(replace(task(f"t{number}", AT + DAY), wall=datetime(2026, 11, 21, 10)))
        await store.tasks.add(task("exact", AT + DAY))
        first = await store.loop.wall_clock_tasks(0, 3)
        rest = await store.loop.wall_clock_tasks(first[-1].key, 3)
        assert [t.id for t in first + rest] == ["t0", "t1", "t2", "t3", "t4"]

    async def test_words_are_found_without_case_accents_and_endings(self, store: Store) -> None:
        for name, message in (("a", "Call José's dentists"), ("b", "call Anna"), ("c", "Müller anrufen")):
            await store.tasks.add(replace(task(name), message=message, words="at 9"))
        for text, names in (
            ("jose", "a"), ("CALLING dentist", "a"), ("called", "ab"), ("muller", "c"), ("the reminder about Anna", "b"), ("ann", ""), ("?!", ""),
        ):  # fmt: skip
            assert "".join(sorted(t.id for t in (await store.tasks.find(TaskFilter(text=text))).tasks)) == names, text
        assert (await store.tasks.find(TaskFilter(text="anna jose", some=True))).total == 2
        newer = replace((await store.tasks.get("b")) or task(), message="call Bob")
        assert await store.tasks.change(newer)
        assert (await store.tasks.find(TaskFilter(text="bob"))).total == 1

    async def test_tasks_are_found_by_the_beginning_of_the_id_by_target_and_by_time(self, store: Store) -> None:
        await store.tasks.add(replace(task("abcd"), webhook="https://Example.com/hook"))
        await store.tasks.add(replace(task("abxy"), due=AT + DAY))
        await store.tasks.add(replace(task("b%_"), due=None, state="paused"))
        assert (await store.tasks.find(TaskFilter(prefix="ab"))).total == 2
        assert (await store.tasks.find(TaskFilter(prefix="b%"))).total == 1
        assert (await store.tasks.find(TaskFilter(prefix="a%"))).total == 0
        assert [t.id for t in (await store.tasks.find(TaskFilter(target="example"))).tasks] == ["abcd"]
        assert (await store.tasks.find(TaskFilter(target="example", default_target=True))).total == 3
        assert (await store.tasks.find(TaskFilter(default_target=True))).total == 2
        assert [t.id for t in (await store.tasks.find(TaskFilter(before=AT + DAY))).tasks] == ["abcd"]

    async def test_runs_of_a_stretch_of_time_and_how_many_wait(self, store: Store) -> None:
        await store.tasks.add(task("t1"))
        await store.tasks.add(task("t2", AT + DAY))
        await store.loop.turn(AT + 2 * DAY, Planned(), None, 10)
        assert [r.task_id for r in await store.runs.find(between=(AT, AT + DAY))] == ["t1"]
        assert await store.runs.waiting() == (2, 1)
        assert await store.runs.waiting("other") == (0, 0)

    async def test_what_was_put_off_is_listed_until_it_comes(self, store: Store) -> None:
        await store.tasks.add(task("t1"))
        await store.loop.turn(AT, Planned(), None, 10)
        (run,) = await store.runs.find()
        assert await store.runs.snooze(run.id, AT + DAY, AT)
        assert [(r.id, due) for r, due in await store.runs.snoozed()] == [(run.id, AT + DAY)]
        assert await store.runs.snoozed("other") == []
        await store.loop.turn(AT + DAY, Planned(), None, 10)
        assert await store.runs.snoozed() == []

    async def test_a_watcher_goes_on_where_it_was_and_never_back(self, store: Store) -> None:
        assert await store.runs.read_to("claude") is None
        await store.runs.has_read("claude", 7, AT)
        await store.runs.has_read("claude", 3, AT)
        assert (await store.runs.read_to("claude"), await store.runs.read_to("claude", "anna")) == (7, None)
