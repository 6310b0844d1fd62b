"""What every store must do for delivery: targets and their health, what receivers ask for, objects, delivering again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from alarum_store import Instance, Notice, Outcome, Room, Say, Store, Wake
from tests.store.contract import AT, DAY, DONE, FAILED, LEASE, SECOND, Planned, room, task

HOUR = timedelta(hours=1)
FIVE = timedelta(minutes=5)


async def rung(store: Store, target: str, count: int = 1, first: int = 0) -> None:
    for number in range(first, first + count):
        await store.add(task(f"{target.replace('/', '-')}-{number}"))
    await store.turn(AT, Planned(target=target), None, 1000)


@pytest.mark.anyio
class DeliveryContract:
    async def test_what_is_not_mine_is_left_to_others(self, store: Store) -> None:
        await rung(store, "phone")
        await rung(store, "ops")
        mine = replace(room(), mine=lambda target: target == "ops")
        assert [c.run.target for c in (await store.turn(AT, Planned(), mine, 10)).claims] == ["ops"]
        assert (await store.next_wake()).ready == (("", "phone"),)
        assert [c.run.target for c in (await store.turn(AT, Planned(), room("two"), 10)).claims] == ["phone"]

    async def test_a_target_that_is_alone_takes_one_run_at_a_time_whoever_sends_it(self, store: Store) -> None:
        await rung(store, "rooms/kitchen", 3)
        await rung(store, "rooms/bath", 1)

        def alone(owner: str) -> Room:
            return replace(room(owner), alone=lambda target: target.startswith("rooms/"))

        first = (await store.turn(AT, Planned(), alone("one"), 10)).claims
        assert sorted(c.run.target for c in first) == ["rooms/bath", "rooms/kitchen"]
        assert (await store.turn(AT, Planned(), alone("two"), 10)).claims == []
        kitchen = next(c for c in first if c.run.target == "rooms/kitchen")
        await store.finish([(kitchen, DONE)])
        (second,) = (await store.turn(AT, Planned(), alone("two"), 10)).claims
        assert (second.owner, second.run.target) == ("two", "rooms/kitchen")

    async def test_delivery_state_is_apart_from_the_run(self, store: Store) -> None:
        await rung(store, "phone")
        seen = []

        async def look() -> None:
            seen.append((await store.runs())[0].delivery)

        await look()
        await store.turn(AT, Planned(), room(), 10)
        await look()
        await store.release("one", AT, sent=True)
        await look()
        (claim,) = (await store.turn(AT, Planned(), room(), 10)).claims
        await look()
        await store.finish([(claim, replace(FAILED, retry_at=AT + DAY))])
        await look()
        (claim,) = (await store.turn(AT + DAY, Planned(), room(), 10)).claims
        await store.finish([(claim, FAILED)])
        await look()
        await store.redeliver()
        (claim,) = (await store.turn(AT + DAY, Planned(), room(), 10)).claims
        await store.finish([(claim, DONE)])
        await look()
        assert seen == ["waiting", "sent", "unknown", "sent", "waiting", "failed", "delivered"]

    async def test_what_goes_to_the_inbox_alone_has_no_delivery(self, store: Store) -> None:
        await store.add(task())
        await store.turn(AT, Planned(target="", state="delivered"), None, 10)
        assert (await store.runs())[0].delivery is None

    async def test_a_target_is_paused_when_nothing_has_succeeded_for_long(self, store: Store) -> None:
        await rung(store, "phone", 6)
        for number, claim in enumerate((await store.turn(AT, Planned(), room(), 10)).claims):
            outcome = replace(FAILED, ended=AT + number * SECOND, retry_at=AT + HOUR)
            await store.finish([(claim, outcome)], HOUR)
        (health,) = await store.health()
        assert (health.failing_since, health.failures, health.paused) == (AT, 6, None)
        (claim, *_) = (await store.turn(AT + HOUR, Planned(), room(slots=1), 10)).claims
        await store.finish([(claim, replace(FAILED, ended=AT + HOUR, retry_at=AT + 2 * HOUR))], HOUR)
        (health,) = await store.health()
        assert (health.paused, health.probe, health.waiting) == (AT + HOUR, AT + HOUR + FIVE, 6)
        assert (await store.turn(AT + HOUR, Planned(), room(), 10)).claims == []
        assert await store.next_wake() == Wake(AT + 2 * HOUR, (), (("phone", AT + HOUR + FIVE),))

    async def test_a_paused_target_is_tried_now_and_then_and_its_runs_lose_no_try(self, store: Store) -> None:
        await rung(store, "phone", 3)
        claims = (await store.turn(AT, Planned(), room(), 10)).claims
        await store.finish([(c, replace(FAILED, retry_at=AT + SECOND)) for c in claims], timedelta())
        claims = (await store.turn(AT + SECOND, Planned(), room(), 10)).claims
        await store.finish([(c, replace(FAILED, ended=AT + SECOND, retry_at=AT + SECOND)) for c in claims], timedelta())
        (health,) = await store.health()
        assert health.paused
        assert health.probe
        assert (await store.next_wake()).ready == ()
        now = health.probe
        (probe,) = (await store.turn(now, Planned(), room(), 10)).claims
        assert (await store.turn(now, Planned(), room("two"), 10)).claims == []
        await store.finish([(probe, replace(FAILED, ended=now))], timedelta())
        assert (await store.run(probe.run.id)).state == "waiting"  # type: ignore[union-attr]
        (again,) = (await store.turn(now + FIVE, Planned(), room(), 10)).claims
        assert again.tries == probe.tries
        await store.finish([(again, DONE)], timedelta())
        assert [h.paused for h in await store.health()] == [None]
        assert len((await store.turn(now + FIVE, Planned(), room(), 10)).claims) == 2

    async def test_a_target_is_paused_and_resumed_by_hand(self, store: Store) -> None:
        await rung(store, "phone")
        assert await store.pause_target("phone", AT)
        assert (await store.turn(AT + DAY, Planned(), room(), 10)).claims == []
        assert await store.resume_target("phone")
        assert not await store.resume_target("phone")
        assert len((await store.turn(AT + DAY, Planned(), room(), 10)).claims) == 1

    async def test_what_a_receiver_asks_for_is_done_with_its_outcome(self, store: Store) -> None:
        await rung(store, "phone")
        (claim,) = (await store.turn(AT, Planned(), room(), 10)).claims
        await store.finish([(claim, replace(DONE, say=Say({"a": 1}, AT + DAY, '{"kind":"once"}'), note="a word"))])
        kept = await store.get("phone-0")
        assert kept is not None
        assert (kept.receiver_state, kept.due, kept.state, kept.rule, kept.kind) == (
            {"a": 1},
            AT + DAY,
            "active",
            '{"kind":"once"}',
            "once",
        )
        assert (await store.runs())[0].why == "a word"

    async def test_an_outcome_that_came_too_late_changes_nothing(self, store: Store) -> None:
        await rung(store, "phone")
        (late,) = (await store.turn(AT, Planned(), room(), 10)).claims
        await store.turn(AT + 2 * LEASE, Planned(), room("two"), 10)
        asked = replace(DONE, say=Say({"a": 1}, stop=True), instance=Instance("rooms", "kitchen", {"b": 2}))
        assert await store.finish([(late, asked)]) == [False]
        kept = await store.get("phone-0")
        assert kept is not None
        assert (kept.receiver_state, kept.why) == (None, None)
        assert await store.instance("rooms", "kitchen") is None

    async def test_the_state_of_an_object_is_kept_by_namespace_target_and_name(self, store: Store) -> None:
        await store.add(replace(task(), namespace="anna"))
        await store.turn(AT, Planned(target="rooms/kitchen"), None, 10)
        for state in ({"n": 1}, {"n": 2, "ü": [None]}):
            (claim,) = (await store.turn(AT, Planned(), room(), 10)).claims
            outcome = Outcome("failed", AT, AT, retry_at=AT, instance=Instance("rooms", "kitchen", state))
            await store.finish([(claim, outcome)])
        assert await store.instance("rooms", "kitchen", "anna") == {"n": 2, "ü": [None]}
        assert await store.instance("rooms", "kitchen") is None
        assert await store.instance("rooms", "bath", "anna") is None

    async def test_what_failed_is_delivered_again_by_target(self, store: Store) -> None:
        await rung(store, "rooms/kitchen")
        await rung(store, "phone")
        await store.finish([(c, FAILED) for c in (await store.turn(AT, Planned(), room(), 10)).claims])
        assert await store.redeliver(target="rooms") == 1
        assert await store.redeliver(target="phone", since=AT + SECOND) == 0
        assert await store.redeliver(target="phone", since=AT) == 1

    async def test_notices_are_held_by_one_told_once_or_again_and_forgotten(self, telling: Store) -> None:
        await telling.add(task())
        await telling.add(task("t2"))
        await telling.cancel("t2", AT + SECOND)
        taken = await telling.take_notices("one", AT + DAY, LEASE, 2)
        assert [(n.event, n.data["task"], n.attempts) for n in taken] == [
            ("task.created", "t1", 1),
            ("task.created", "t2", 1),
        ]
        (rest,) = await telling.take_notices("two", AT + DAY, LEASE, 10)
        assert (rest.event, rest.at, rest.data["due"]) == ("task.cancelled", AT + SECOND, None)
        assert await telling.take_notices("two", AT + DAY, LEASE, 10) == []
        await telling.told("one", taken[0], None)
        await telling.told("one", taken[1], AT + 2 * DAY)
        await telling.told(
            "two", Notice(rest.sequence, rest.target, rest.event, rest.at, rest.data, 7), None
        )  # held anew since
        assert [n.event for n in await telling.take_notices("three", AT + DAY + LEASE, LEASE, 10)] == ["task.cancelled"]
        assert (await telling.next_wake()).due is not None
        assert await telling.forget_notices(AT + SECOND) == 1
        assert await telling.forget_notices(AT + DAY) == 1

    async def test_only_what_failed_for_good_is_noted_for_failures(self, failing: Store) -> None:
        await failing.add(task())
        await failing.turn(AT, Planned(target="phone"), None, 10)
        (claim,) = (await failing.turn(AT, Planned(), room(), 10)).claims
        await failing.finish([(claim, replace(FAILED, retry_at=AT + SECOND))])
        (claim,) = (await failing.turn(AT + SECOND, Planned(), room(), 10)).claims
        await failing.finish([(claim, FAILED)])
        await failing.pause_target("phone", AT)  # by hand: whoever did it knows
        (notice,) = await failing.take_notices("one", AT + DAY, LEASE, 10)
        assert (notice.event, notice.target, notice.data["attempts"], notice.data["scheduled_for"]) == (
            "run.exhausted",
            "ops",
            2,
            AT,
        )
