"""What every store must do for delivery: targets and their health, what receivers ask for, objects, delivering again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from alarum_store import Capacity, Notice, ObjectState, Outcome, ReplyChanges, Store, Wake
from tests.store.contract import DAY, DONE, FAILED, LEASE, SECOND, Planned, room, task
from tests.support.moments import AT

HOUR = timedelta(hours=1)
FIVE = timedelta(minutes=5)


async def rung(store: Store, target: str, count: int = 1, first: int = 0) -> None:
    for number in range(first, first + count):
        await store.tasks.add(task(f"{target.replace('/', '-')}-{number}"))
    await store.loop.turn(AT, Planned(target=target), None, 1000)


@pytest.mark.anyio
class DeliveryContract:
    async def test_what_is_not_mine_is_left_to_others(self, store: Store) -> None:
        await rung(store, "phone")
        await rung(store, "ops")
        mine = replace(room(), can_send=lambda target: target == "ops")
        assert [c.run.target for c in (await store.loop.turn(AT, Planned(), mine, 10)).claims] == ["ops"]
        assert (await store.loop.next_wake()).ready == (("", "phone"),)
        assert [c.run.target for c in (await store.loop.turn(AT, Planned(), room("two"), 10)).claims] == ["phone"]

    async def test_a_target_that_is_alone_takes_one_run_at_a_time_whoever_sends_it(self, store: Store) -> None:
        await rung(store, "rooms/kitchen", 3)
        await rung(store, "rooms/bath", 1)

        def serial(owner: str) -> Capacity:
            return replace(room(owner), serial=lambda target: target.startswith("rooms/"))

        first = (await store.loop.turn(AT, Planned(), serial("one"), 10)).claims
        assert sorted(c.run.target for c in first) == ["rooms/bath", "rooms/kitchen"]
        assert (await store.loop.turn(AT, Planned(), serial("two"), 10)).claims == []
        kitchen = next(c for c in first if c.run.target == "rooms/kitchen")
        await store.loop.finish([(kitchen, DONE)])
        (second,) = (await store.loop.turn(AT, Planned(), serial("two"), 10)).claims
        assert (second.owner, second.run.target) == ("two", "rooms/kitchen")

    async def test_delivery_state_is_apart_from_the_run(self, store: Store) -> None:
        await rung(store, "phone")
        seen = []

        async def look() -> None:
            seen.append((await store.runs.find())[0].delivery)

        await look()
        await store.loop.turn(AT, Planned(), room(), 10)
        await look()
        await store.loop.release("one", AT, sent=True)
        await look()
        (claim,) = (await store.loop.turn(AT, Planned(), room(), 10)).claims
        await look()
        await store.loop.finish([(claim, replace(FAILED, retry_at=AT + DAY))])
        await look()
        (claim,) = (await store.loop.turn(AT + DAY, Planned(), room(), 10)).claims
        await store.loop.finish([(claim, FAILED)])
        await look()
        await store.runs.redeliver()
        (claim,) = (await store.loop.turn(AT + DAY, Planned(), room(), 10)).claims
        await store.loop.finish([(claim, DONE)])
        await look()
        assert seen == ["waiting", "sent", "unknown", "sent", "waiting", "failed", "delivered"]

    async def test_what_goes_to_the_inbox_alone_has_no_delivery(self, store: Store) -> None:
        await store.tasks.add(task())
        await store.loop.turn(AT, Planned(target="", state="delivered"), None, 10)
        assert (await store.runs.find())[0].delivery is None

    async def test_a_target_is_paused_when_nothing_has_succeeded_for_long(self, store: Store) -> None:
        await rung(store, "phone", 6)
        for number, claim in enumerate((await store.loop.turn(AT, Planned(), room(), 10)).claims):
            outcome = replace(FAILED, ended=AT + number * SECOND, retry_at=AT + HOUR)
            await store.loop.finish([(claim, outcome)], HOUR)
        (health,) = await store.targets.health()
        assert (health.failing_since, health.failures, health.paused) == (AT, 6, None)
        (claim, *_) = (await store.loop.turn(AT + HOUR, Planned(), room(slots=1), 10)).claims
        await store.loop.finish([(claim, replace(FAILED, ended=AT + HOUR, retry_at=AT + 2 * HOUR))], HOUR)
        (health,) = await store.targets.health()
        assert (health.paused, health.probe, health.waiting) == (AT + HOUR, AT + HOUR + FIVE, 6)
        assert (await store.loop.turn(AT + HOUR, Planned(), room(), 10)).claims == []
        assert await store.loop.next_wake() == Wake(AT + 2 * HOUR, (), (("phone", AT + HOUR + FIVE),))

    async def test_a_paused_target_is_tried_now_and_then_and_its_runs_lose_no_try(self, store: Store) -> None:
        await rung(store, "phone", 3)
        claims = (await store.loop.turn(AT, Planned(), room(), 10)).claims
        await store.loop.finish([(c, replace(FAILED, retry_at=AT + SECOND)) for c in claims], timedelta())
        claims = (await store.loop.turn(AT + SECOND, Planned(), room(), 10)).claims
        await store.loop.finish(
            [(c, replace(FAILED, ended=AT + SECOND, retry_at=AT + SECOND)) for c in claims], timedelta()
        )
        (health,) = await store.targets.health()
        assert health.paused
        assert health.probe
        assert (await store.loop.next_wake()).ready == ()
        now = health.probe
        (probe,) = (await store.loop.turn(now, Planned(), room(), 10)).claims
        assert (await store.loop.turn(now, Planned(), room("two"), 10)).claims == []
        await store.loop.finish([(probe, replace(FAILED, ended=now))], timedelta())
        assert (await store.runs.get(probe.run.id)).state == "waiting"  # type: ignore[union-attr]
        (again,) = (await store.loop.turn(now + FIVE, Planned(), room(), 10)).claims
        assert again.tries == probe.tries
        await store.loop.finish([(again, DONE)], timedelta())
        assert [h.paused for h in await store.targets.health()] == [None]
        assert len((await store.loop.turn(now + FIVE, Planned(), room(), 10)).claims) == 2

    async def test_a_target_is_paused_and_resumed_by_hand(self, store: Store) -> None:
        await rung(store, "phone")
        assert await store.targets.pause("phone", AT)
        assert (await store.loop.turn(AT + DAY, Planned(), room(), 10)).claims == []
        assert await store.targets.resume("phone")
        assert not await store.targets.resume("phone")
        assert len((await store.loop.turn(AT + DAY, Planned(), room(), 10)).claims) == 1

    async def test_what_a_receiver_asks_for_is_done_with_its_outcome(self, store: Store) -> None:
        await rung(store, "phone")
        (claim,) = (await store.loop.turn(AT, Planned(), room(), 10)).claims
        await store.loop.finish(
            [(claim, replace(DONE, say=ReplyChanges({"a": 1}, AT + DAY, '{"kind":"once"}'), note="a word"))]
        )
        kept = await store.tasks.get("phone-0")
        assert kept is not None
        assert (kept.receiver_state, kept.due, kept.state, kept.rule, kept.kind) == (
            {"a": 1},
            AT + DAY,
            "active",
            '{"kind":"once"}',
            "once",
        )
        assert (await store.runs.find())[0].why == "a word"

    async def test_an_outcome_that_came_too_late_changes_nothing(self, store: Store) -> None:
        await rung(store, "phone")
        (late,) = (await store.loop.turn(AT, Planned(), room(), 10)).claims
        await store.loop.turn(AT + 2 * LEASE, Planned(), room("two"), 10)
        asked = replace(DONE, say=ReplyChanges({"a": 1}, stop=True), instance=ObjectState("rooms", "kitchen", {"b": 2}))
        assert await store.loop.finish([(late, asked)]) == [False]
        kept = await store.tasks.get("phone-0")
        assert kept is not None
        assert (kept.receiver_state, kept.why) == (None, None)
        assert await store.targets.object_state("rooms", "kitchen") is None

    async def test_the_state_of_an_object_is_kept_by_namespace_target_and_name(self, store: Store) -> None:
        await store.tasks.add(replace(task(), namespace="anna"))
        await store.loop.turn(AT, Planned(target="rooms/kitchen"), None, 10)
        for state in ({"n": 1}, {"n": 2, "ü": [None]}):
            (claim,) = (await store.loop.turn(AT, Planned(), room(), 10)).claims
            outcome = Outcome("failed", AT, AT, retry_at=AT, instance=ObjectState("rooms", "kitchen", state))
            await store.loop.finish([(claim, outcome)])
        assert await store.targets.object_state("rooms", "kitchen", "anna") == {"n": 2, "ü": [None]}
        assert await store.targets.object_state("rooms", "kitchen") is None
        assert await store.targets.object_state("rooms", "bath", "anna") is None

    async def test_what_failed_is_delivered_again_by_target(self, store: Store) -> None:
        await rung(store, "rooms/kitchen")
        await rung(store, "phone")
        await store.loop.finish([(c, FAILED) for c in (await store.loop.turn(AT, Planned(), room(), 10)).claims])
        assert await store.runs.redeliver(target="rooms") == 1
        assert await store.runs.redeliver(target="phone", since=AT + SECOND) == 0
        assert await store.runs.redeliver(target="phone", since=AT) == 1

    async def test_notices_are_held_by_one_told_once_or_again_and_forgotten(self, telling: Store) -> None:
        await telling.tasks.add(task())
        await telling.tasks.add(task("t2"))
        await telling.tasks.cancel("t2", AT + SECOND)
        taken = await telling.targets.take_notices("one", AT + DAY, LEASE, 2)
        assert [(n.event, n.data["task"], n.attempts) for n in taken] == [
            ("task.created", "t1", 1),
            ("task.created", "t2", 1),
        ]
        (rest,) = await telling.targets.take_notices("two", AT + DAY, LEASE, 10)
        assert (rest.event, rest.at, rest.data["due"]) == ("task.cancelled", AT + SECOND, None)
        assert await telling.targets.take_notices("two", AT + DAY, LEASE, 10) == []
        await telling.targets.notified("one", taken[0], None)
        await telling.targets.notified("one", taken[1], AT + 2 * DAY)
        await telling.targets.notified(
            "two", Notice(rest.sequence, rest.target, rest.event, rest.at, rest.data, 7), None
        )  # held again since
        assert [n.event for n in await telling.targets.take_notices("three", AT + DAY + LEASE, LEASE, 10)] == [
            "task.cancelled"
        ]
        assert (await telling.loop.next_wake()).due is not None
        assert await telling.targets.forget_notices(AT + SECOND) == 1
        assert await telling.targets.forget_notices(AT + DAY) == 1

    async def test_only_what_failed_for_good_is_noted_for_failures(self, failing: Store) -> None:
        await failing.tasks.add(task())
        await failing.loop.turn(AT, Planned(target="phone"), None, 10)
        (claim,) = (await failing.loop.turn(AT, Planned(), room(), 10)).claims
        await failing.loop.finish([(claim, replace(FAILED, retry_at=AT + SECOND))])
        (claim,) = (await failing.loop.turn(AT + SECOND, Planned(), room(), 10)).claims
        await failing.loop.finish([(claim, FAILED)])
        await failing.targets.pause("phone", AT)  # by hand: whoever did it knows
        (notice,) = await failing.targets.take_notices("one", AT + DAY, LEASE, 10)
        assert (notice.event, notice.target, notice.data["attempts"], notice.data["scheduled_for"]) == (
            "run.exhausted",
            "ops",
            2,
            AT,
        )
