"""One namespace does its worst, and nobody else waits for it: turns, shares of the slots, holds, health, searches, limits."""

from __future__ import annotations

import asyncio
import random
import string
import sys
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import FrameType

import pytest

from alarum.app.request import Request
from alarum.app.runtime import runtime
from alarum.clock import SetClock
from alarum.settings.limits import Bucket, Limits
from alarum.settings.settings import Settings
from alarum.testing import trial
from alarum_store import Capacity, SqliteStore, Store
from evals.fairness.drill import Drill
from tests.store.contract import DONE, FAILED, LEASE, SECOND, Planned, task
from tests.support.moments import AT, KEY, NOW, URL
from tests.support.receiver import Receiver

pytestmark = pytest.mark.anyio


async def ready(store: Store, namespace: str, count: int, target: str = "h:80") -> None:
    """So many runs of a namespace that wait to be sent."""
    for n in range(count):
        name = f"{target.partition(':')[0]}-{n}"
        await store.tasks.add(replace(task(name), namespace=namespace))
    await store.loop.turn(AT, Planned(target=target), None, 10 * count)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    it = await SqliteStore.open(tmp_path / "a.db")
    yield it
    await it.close()


async def test_namespaces_take_turns_at_a_target_that_they_share(store: Store) -> None:
    await ready(store, "many", 50)
    await ready(store, "few", 3)
    claims = (await store.loop.turn(AT, Planned(), Capacity("one", LEASE, 6, 6), 10)).claims
    assert sorted(c.task.namespace for c in claims) == ["few", "few", "few", "many", "many", "many"]


async def test_a_namespace_leaves_half_of_what_others_leave_so_that_each_finds_a_slot(store: Store) -> None:
    for n in range(40):
        await ready(store, "worst", n + 1, f"hangs{n}:80")
    await store.tasks.add(replace(task("quiet", AT + LEASE), namespace="other"))
    room = Capacity("one", LEASE, 20, 20)
    assert len((await store.loop.turn(AT, Planned(), room, 10)).claims) == 10
    left = replace(room, slots=10, held={"worst": 10})
    assert (await store.loop.turn(AT, Planned(), left, 10)).claims == []
    await ready(store, "other", 30, "well:80")
    assert {c.task.namespace for c in (await store.loop.turn(AT, Planned(), left, 10)).claims} == {"other"}


async def test_alone_a_namespace_has_all_slots(store: Store) -> None:
    await ready(store, "", 20)
    assert len((await store.loop.turn(AT, Planned(), Capacity("one", LEASE, 20, 20), 10)).claims) == 20


async def test_targets_that_time_out_share_a_small_part_of_the_slots(store: Store) -> None:
    for n in range(8):
        await ready(store, "", n + 1, f"slow{n}:80")
    slow = frozenset(f"slow{n}:80" for n in range(8))
    room = Capacity("one", LEASE, 20, 20, {}, dict.fromkeys(slow, 2), slow=slow, slow_slots=3)
    assert len((await store.loop.turn(AT, Planned(), room, 10)).claims) == 3


async def test_priority_counts_within_a_namespace(store: Store) -> None:
    await ready(store, "a", 3)
    await store.tasks.add(replace(task("first"), namespace="b", priority=9))
    await store.tasks.add(replace(task("second"), namespace="b"))
    await store.loop.turn(AT, Planned(), None, 10)
    claims = (await store.loop.turn(AT, Planned(), Capacity("one", LEASE, 2, 9), 10)).claims
    assert sorted((c.task.namespace, c.task.id) for c in claims) == [("a", "h-0"), ("b", "first")]


async def test_a_million_targets_of_one_do_not_hide_those_of_another(store: Store) -> None:
    for n in range(30):
        await ready(store, "worst", n + 1, f"busy{n:02}:80")
    await ready(store, "zoe", 1, "well:80")
    busy = {f"busy{n:02}:80": 9 for n in range(30)}
    claims = (await store.loop.turn(AT, Planned(), Capacity("one", LEASE, 9, 9, busy), 10)).claims
    assert [c.task.namespace for c in claims] == ["zoe"]


async def two(tmp_path: Path, clock: SetClock) -> Settings:
    return Settings(
        tmp_path / "a.db", "Europe/Berlin", webhook_secrets=(KEY,), webhook_hosts=("127.0.0.1",),
        tokens={"worst-0123456789": "worst", "other-0123456789": "other"}, limits=Limits(tasks=3, waiting=5, bytes=2000),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("status", "headers"), [(503, {"Retry-After": "3600"}), (410, {}), (429, {"Retry-After": "3600"})]
)
async def test_what_a_host_says_to_one_namespace_holds_no_other(
    tmp_path: Path, receiver: Receiver, status: int, headers: dict[str, str]
) -> None:
    clock = SetClock(NOW)
    async with runtime(await two(tmp_path, clock), clock, ring=False) as running:
        receiver.answers = [(status, headers)]
        for namespace, seconds in (("worst", 1), ("other", 2), ("worst", 2)):
            await running.app.within(namespace).schedule(
                Request(when=NOW + timedelta(seconds=seconds), message=f"{namespace} {seconds}", webhook=receiver.url)
            )
        for _ in range(2):
            clock.tick(timedelta(seconds=1))
            await running.loop.turn()
        assert [receiver.body(n)["data"]["message"] for n in range(len(receiver.posts))] == ["worst 1", "other 2"]
        mine = await running.app.within("other").targets()
        assert [target.health for target in mine.targets] == ["ok"]
        assert all("worst" not in target.name for target in mine.targets)


async def test_a_target_that_fails_for_a_day_is_paused_for_its_namespace_alone() -> None:
    async with trial(
        NOW, answer=lambda sent: 500 if "worst" in sent.message else 204, pause_after=timedelta(hours=1)
    ) as alarum:
        worst, other = alarum.app.within("worst"), alarum.app.within("other")
        await worst.schedule(Request(when="every 10 minutes", message="worst", webhook=URL))
        await other.schedule(Request(when="every 10 minutes", message="other", webhook=URL))
        await alarum.advance("5 hours")
        assert len([sent for sent in alarum.sent if sent.message == "other"]) >= 29
        assert await alarum.store.targets.paused() == {"worst~receiver.example:80"}


async def test_an_operators_own_target_is_shared_and_says_so() -> None:
    tokens = {"worst-0123456789": "worst", "other-0123456789": "other"}
    async with trial(NOW, webhook=URL, webhook_secrets=(KEY,), tokens=tokens) as alarum:
        await alarum.app.within("worst").schedule(Request(when="in 1 minute", message="x"))
        await alarum.advance("2 minutes")
        (target,) = (await alarum.app.within("other").targets()).targets
        assert target.name == "receiver.example:80"


async def test_limits_are_refused_plainly_and_stop_nothing_that_is_kept(tmp_path: Path, receiver: Receiver) -> None:
    clock = SetClock(NOW)
    async with runtime(await two(tmp_path, clock), clock, ring=False) as running:
        worst, other = running.app.within("worst"), running.app.within("other")
        for n in range(3):
            await worst.schedule(Request(when="in 1 hour", message=f"m{n}", webhook=receiver.url))
        with pytest.raises(Exception, match=r"3 tasks.*ALARUM_MAX_TASKS"):
            await worst.schedule(Request(when="in 1 hour", message="one more"))
        with pytest.raises(Exception, match="ALARUM_MAX_TASKS"):
            await worst.schedule_many([Request(when="in 1 hour", message="one more")])
        with pytest.raises(Exception, match="ALARUM_MAX_BYTES"):
            await other.schedule(Request(when="in 1 hour", message="x" * 2001))
        await other.schedule(Request(when="in 1 hour", message="mine"))
        await worst.cancel("m0")
        clock.tick(timedelta(minutes=1))
        await worst.schedule(Request(when="in 30 minutes", message="in its place"))
        clock.tick(timedelta(hours=2))
        await running.loop.turn()
        assert {run.message for run in await worst.store.runs.find(namespace="worst")} == {"m1", "m2", "in its place"}


async def test_a_limit_holds_under_calls_at_once_and_what_is_cancelled_makes_room_at_once(tmp_path: Path) -> None:
    clock = SetClock(NOW)
    async with runtime(await two(tmp_path, clock), clock, ring=False) as running:
        worst = running.app.within("worst")
        asked = [worst.schedule(Request(when="in 1 hour", message=f"m{n}", id=f"m{n}")) for n in range(20)]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert len([answer for answer in answers if not isinstance(answer, BaseException)]) == 3
        kept = (await worst.query()).tasks[0].id
        await worst.schedule(Request(when="in 2 hours", message="replaced", id=kept, if_exists="replace"))
        await worst.bulk("cancel", text="*")
        await worst.schedule(Request(when="in 1 hour", message="again"))


async def test_without_tokens_there_are_no_limits_but_sizes() -> None:
    async with trial(NOW, limits=Limits(tasks=1)) as alarum:
        for n in range(5):
            await alarum.schedule("in 1 hour", message=f"m{n}")
        assert (await alarum.app.query()).total == 5


def test_calls_are_counted_by_a_bucket_that_fills_again() -> None:
    limits, bucket = Limits(calls=20, burst=200), Bucket(Limits(), 0.0)
    assert [bucket.take(limits, 0.0) for _ in range(200)] == [0.0] * 200
    assert bucket.take(limits, 0.0) == pytest.approx(0.05)
    assert [bucket.take(limits, 1.0) > 0 for _ in range(21)] == [False] * 20 + [True]
    assert bucket.take(replace(limits, calls=None), 1.0) == 0.0


def words(count: int) -> str:
    chance = random.Random(count)
    return " ".join("".join(chance.choice(string.ascii_lowercase) for _ in range(5)) for _ in range(count))


async def test_a_server_keeps_its_health_and_every_run_of_one_while_another_does_its_worst(tmp_path: Path) -> None:
    result = await Drill(tmp_path, seconds=4).carry_out()
    assert (result.arrived, result.health) == (result.expected, 200)  # how late they are is measured by evals.fairness
    assert result.calls > 0


async def test_a_misspelt_word_is_compared_with_a_bounded_number_of_words_and_not_on_the_loop() -> None:
    async with trial(NOW) as alarum:
        await alarum.app.schedule_many([Request(when="every day at 9", message=words(1500 + n)) for n in range(60)])
        calls = here = 0
        loop = threading.get_ident()

        def look(frame: FrameType, event: str, arg: object) -> None:
            nonlocal calls, here
            if event == "call" and frame.f_code.co_name in ("quick_ratio", "real_quick_ratio", "ratio"):
                calls += 1
                here += threading.get_ident() == loop

        threading.setprofile(look)
        sys.setprofile(look)
        try:
            found = await alarum.app.query(text="dentits apointment wiht docter smiht on fridya mornign")
        finally:
            sys.setprofile(None)
            threading.setprofile(None)
        assert found.total == 0
        assert here == 0
        assert calls < 30_000


async def test_a_long_message_is_found_by_its_first_words_in_any_form_and_by_all_others_as_they_stand(
    tmp_path: Path,
) -> None:
    async with trial(NOW, database=tmp_path / "a.db") as alarum:
        await alarum.schedule("tomorrow at 9", message=f"calling dentists {words(1200)} umbrellas")
        assert (await alarum.app.query(text="call dentist")).total == 1
        assert (await alarum.app.query(text="umbrellas")).total == 1
        assert (await alarum.app.query(text="umbrell")).total == 0


async def test_outcomes_of_one_namespace_do_not_speak_for_another(store: Store) -> None:
    await ready(store, "worst", 6, "worst~h:80")
    for claim in (await store.loop.turn(AT, Planned(), Capacity("one", LEASE, 9, 9), 10)).claims:
        await store.loop.finish([(claim, replace(FAILED, ended=AT + SECOND))], timedelta())
    assert await store.targets.paused() == {"worst~h:80"}
    await ready(store, "other", 1, "other~h:80")
    (claim,) = (await store.loop.turn(AT, Planned(), Capacity("one", LEASE, 9, 9), 10)).claims
    assert await store.loop.finish([(claim, DONE)]) == [True]
