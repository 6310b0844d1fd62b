"""The alarm loop under a set clock for simulated years, beside a plain model of what should have happened.

Hypothesis makes up tasks, policies, failing receivers, other processes that die, restarts, pauses and clock jumps. The
model knows nothing of nlp or SQL: an occurrence is a number of minutes.
"""

from __future__ import annotations

import asyncio
import tempfile
import zlib
from collections import Counter
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from alarum.alarm.planner import TaskPlanner
from alarum.settings.policies import DEFAULTS
from alarum.testing import Sent, Trial, trial
from alarum_nlp import Repeat, to_text
from alarum_store import Capacity, Task
from tests.support.moments import URL

T = TypeVar("T")
START = datetime(2026, 11, 20, 10, 0, tzinfo=timezone.utc)
MINUTE = timedelta(minutes=1)
GRACE = timedelta(minutes=1)
ATTEMPTS = 3


@dataclass
class Expected:
    """What the model says of a task: it comes every `every` from `start`, `times` at most, and this has rung."""

    start: datetime
    every: timedelta
    times: int
    misfire: str
    done: int = 0  # occurrences that are over, whatever became of them
    rung: list[datetime] = field(default_factory=list)
    on_time: datetime | None = None  # the last occurrence that rang within a minute of its time
    changed: datetime = START
    missed: int = 0
    skipped: int = 0
    state: str = "active"

    def until(self, now: datetime) -> list[datetime]:
        """Occurrences that are due at `now` and not over yet."""
        found: list[datetime] = []
        while self.done + len(found) < self.times and self.start + (self.done + len(found)) * self.every <= now:
            found.append(self.start + (self.done + len(found)) * self.every)
        return found

    def turn(self, now: datetime) -> None:
        if self.state != "active":
            return
        due = self.until(now)
        self.done += len(due)
        late = [t for t in due if now - t > GRACE]
        fresh = due[len(late) :]
        self.changed = now if due else self.changed
        self.on_time = max([*fresh, *filter(None, [self.on_time])], default=None)
        if self.misfire == "all":
            self.rung += due
        elif self.misfire == "skip":
            self.rung += fresh
            self.missed += len(late)
        else:
            self.rung += fresh or due[-1:]
            self.missed += len(due) - len(fresh or due[-1:])
        self._end()

    def walk(self, end: datetime) -> None:
        """Time passes while the loop turns: everything rings at its time."""
        if self.state == "active":
            due = self.until(end)
            if due:
                self.changed = self.on_time = due[-1]
            self.rung += due
            self.done += len(due)
            self._end()

    def resume(self, now: datetime) -> None:
        self.state, self.changed = "active", now
        due = self.until(now)
        self.done += len(due)
        if self.times == 1 and self.misfire != "skip":
            self.rung += due
        else:
            self.skipped += len(due)
        self._end()

    def back(self, now: datetime, unsent: set[datetime]) -> None:
        """The clock went back to `now`: what is to come rings again, but what rang on time does not; `unsent` waits for its time."""
        if self.state == "cancelled" or self.changed <= now:
            return
        after = max(now, self.on_time or now)
        done = len([n for n in range(self.done) if self.start + n * self.every <= after])
        if done < self.done:
            self.done, self.changed = done, now
            self.state = "active" if self.state == "ended" else self.state
            self.rung = [t for t in self.rung if t not in unsent or t <= after]

    def _end(self) -> None:
        if self.state == "active" and self.done >= self.times:
            self.state = "ended"


class Simulation(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self._loop = asyncio.new_event_loop()
        self._stack = AsyncExitStack()
        self._folder = tempfile.TemporaryDirectory()
        self._model: dict[str, Expected] = {}
        self._fails = 0
        self._first: dict[str, datetime] = {}

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return self._loop.run_until_complete(work)

    def _answer(self, sent: Sent) -> int | str:
        """Some runs fail at first, some for ever; always the same ones."""
        fate = zlib.crc32(sent.run_id.encode()) % 10
        if fate < self._fails and (fate % 2 or sent.attempt == 1):
            return 500 if fate % 3 else "timeout"
        return 204

    def _open(self, now: datetime) -> None:
        own = {"misfire_grace": "1m", "max_attempts": ATTEMPTS, "delay": "30s", "backoff": "fixed", "jitter": 0}
        opened = trial(
            now,
            database=Path(self._folder.name) / "a.db",
            answer=self._answer,
            policies=DEFAULTS.model_copy(update=own),
        )
        self._alarum: Trial = self._do(self._stack.enter_async_context(opened))

    @initialize(fails=st.integers(0, 6))
    def begin(self, fails: int) -> None:
        self._fails = fails
        self._open(START)

    def _now(self) -> datetime:
        return self._alarum.clock.now()

    @rule(
        ahead=st.integers(1, 3000),
        every=st.integers(1, 2000),
        times=st.integers(1, 400),
        misfire=st.sampled_from(["all", "once", "skip"]),
        webhook=st.booleans(),
    )
    def schedule(self, ahead: int, every: int, times: int, misfire: str, webhook: bool) -> None:
        start = self._now().replace(microsecond=0) + ahead * MINUTE
        name = f"t{len(self._model)}"
        repeat = Repeat("minute", "UTC", every=every, start=start.replace(tzinfo=None), count=times)
        task = Task(
            name, name, to_text(repeat), "UTC", "", "recurring" if times > 1 else "once", "active", start, self._now(),
            webhook=URL if webhook else None, policies={"misfire": misfire},
        )  # fmt: skip
        self._do(self._alarum.store.tasks.add(task))
        self._model[name] = Expected(start, every * MINUTE, times, misfire)

    @rule(minutes=st.integers(1, 3000))
    def let_time_pass(self, minutes: int) -> None:
        for expected in self._model.values():
            expected.turn(self._now())
        end = self._now() + minutes * MINUTE
        self._do(self._alarum.advance(minutes * MINUTE))
        for expected in self._model.values():
            expected.walk(end)

    @rule(seconds=st.integers(1, 400_000))
    def jump_ahead_or_sleep(self, seconds: int) -> None:
        self._do(self._alarum.jump(timedelta(seconds=seconds)))
        for expected in self._model.values():
            expected.turn(self._now())

    @rule(seconds=st.integers(1, 8000))
    def set_the_clock_back(self, seconds: int) -> None:
        waiting = [r for r in self._do(self._alarum.runs()) if r.state == "waiting" and not r.attempts]
        self._do(self._alarum.jump(timedelta(seconds=-seconds)))
        for name, expected in self._model.items():
            if seconds > 5:
                expected.back(self._now(), {r.scheduled for r in waiting if r.task_id == name})
        for expected in self._model.values():
            expected.turn(self._now())

    @rule()
    def restart(self) -> None:
        now = self._now()
        self._do(self._stack.aclose())
        self._open(now)
        self._do(self._alarum.turn())
        for expected in self._model.values():
            expected.turn(now)

    @rule()
    def another_process_rings_claims_and_dies(self) -> None:
        now, app = self._now(), self._alarum.app
        for _ in range(50):
            room = Capacity("dead", timedelta(seconds=60), 5, 5)
            if not self._do(self._alarum.store.loop.turn(now, TaskPlanner(app.settings, now), room, 100)).moved:
                break
        for expected in self._model.values():
            expected.turn(now)

    @precondition(lambda self: self._model)
    @rule(which=st.integers(0, 100))
    def pause_or_resume(self, which: int) -> None:
        name = list(self._model)[which % len(self._model)]
        expected = self._model[name]
        if expected.state == "active":
            self._do(self._alarum.app.pause(name))
            expected.state, expected.changed = "paused", self._now()
        elif expected.state == "paused":
            self._do(self._alarum.app.resume(name))
            expected.resume(self._now())

    @precondition(lambda self: self._model)
    @rule(which=st.integers(0, 100))
    def cancel(self, which: int) -> None:
        name = list(self._model)[which % len(self._model)]
        self._do(self._alarum.app.cancel(name))
        if self._model[name].state in ("active", "paused"):
            self._model[name].state = "cancelled"

    @invariant()
    def everything_that_came_due_rang_once_or_says_why_not(self) -> None:
        for name, expected in self._model.items():
            runs = [r for r in self._do(self._alarum.runs(name)) if r.origin == "rule"]
            cancelled = [r for r in runs if r.why == "the task was cancelled"]
            rung = sorted(r.scheduled for r in runs if r.state not in ("missed", "skipped") or r in cancelled)
            assert rung == sorted(expected.rung), name
            assert sum(r.missed for r in runs if r.state == "missed") == expected.missed, name
            assert sum(r.missed for r in runs if r.state == "skipped") == expected.skipped, name
            assert all(r.rung >= r.scheduled for r in runs if r.state not in ("missed", "skipped")), (
                "nothing rings early"
            )

    @invariant()
    def a_failed_run_was_tried_as_often_as_it_may_and_says_why(self) -> None:
        for run in self._do(self._alarum.runs()):
            if run.state == "failed":
                assert run.attempts >= ATTEMPTS
                assert run.why

    @invariant()
    def an_identity_never_changes(self) -> None:
        if not self._model:
            return
        seen = Counter((s.run_id, s.attempt) for s in self._alarum.sent)
        assert not [key for key, n in seen.items() if n > 1], "an attempt was made twice"
        for sent in self._alarum.sent:
            assert self._first.setdefault(sent.run_id, sent.scheduled) == sent.scheduled

    def teardown(self) -> None:
        self._do(self._stack.aclose())
        self._loop.close()
        self._folder.cleanup()


TestSimulation = Simulation.TestCase
TestSimulation.settings = settings(
    max_examples=40, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
