"""Targets as people see them: where each leads, how it is, and a test message to it."""

from __future__ import annotations

from server.answers import TargetAnswer, TargetsAnswer, Tested
from server.context import Context
from server.describe import local
from server.errors import Refused
from server.sender import Sender
from server.sending import Sending
from server.settings import refused_target
from server.targets import INBOX, name_of
from store import Health

_TEST = "This is a test of a target of Alarum; nothing has to be done."


class Targets(Context):
    async def targets(self) -> TargetsAnswer:
        """Every target of the settings, and every other that has runs, with its health."""
        known = {health.target: health for health in await self.store.health()}
        asked = [*self.settings.targets, *(key for key in known if name_of(key) not in self.settings.targets)]
        answers = [
            self._target(name, [h for key, h in known.items() if key == name or name_of(key) == name]) for name in asked
        ]
        bad = ", ".join([t.name for t in answers if t.health not in ("ok", "unused")])
        unwell = f", not well: {bad}" if bad else ""
        default, failures = self.settings.goes_to(None, None) or INBOX, self.settings.failures
        told = f", failures to {failures}" if failures else ""
        return TargetsAnswer(
            summary=f"{len(answers)} targets{unwell}. By default reminders go to {default}{told}.",
            targets=answers,
        )

    def _target(self, name: str, known: list[Health]) -> TargetAnswer:
        """One target of the settings with the health of all that is behind its name, or one key of a URL."""
        target = self.settings.targets.get(name)
        paused = [h for h in known if h.paused]
        failing = [h for h in known if h.failing_since]
        worst = (paused or failing or known or [Health(name)])[0]
        why_not = self.settings.unreachable(name)
        state = (
            "unreachable" if why_not else "paused" if paused else "failing" if failing else "ok" if known else "unused"
        )
        last = max((h.last_delivered for h in known if h.last_delivered), default=None)
        zone = self.settings.zone
        return TargetAnswer(
            name=name, where=target.where() if target else "URLs that tasks name", health=state,
            why=why_not or worst.error or None, failures=worst.failures,
            failing_since=local(worst.failing_since, zone) if worst.failing_since else None,
            next_try=local(worst.probe, zone) if worst.probe else None, paused=[h.target for h in paused],
            waiting=sum(h.waiting for h in known), failed=sum(h.failed for h in known), last_delivered=local(last, zone) if last else None,
        )  # fmt: skip

    async def test_target(self, where: str) -> Tested:
        """Send a test message there now, once, and say what came of it; nothing is kept. Raises Refused."""
        if why_not := refused_target(self.settings, where) or self.settings.unreachable(where.partition("/")[0]):
            raise Refused(why_not)
        now = self.clock.now()
        rest = where.partition("/")[2]
        number = f"test_{now:%Y%m%dT%H%M%S%f}Z"
        body = {
            "eventId": number,
            "name": "alarum.test",
            "timestamp": now.isoformat(),
            "data": {"message": _TEST},
            "cursor": None,
        }
        sender = Sender(self.settings, self.clock, self.store)
        try:
            answer = await sender.send(Sending(number, where, rest, body, 1, now, _TEST, lambda: _TEST))
        finally:
            await sender.close()
        took = (answer.ended - answer.started).total_seconds()
        what = f"failed: {answer.error}" if answer.error else f"arrived{f'; {answer.note}' if answer.note else ''}"
        return Tested(
            summary=f"The test to {where} {what} ({took:.2f} s).", arrived=answer.error is None, status=answer.status,
            error=answer.error, error_class=answer.error_class, seconds=round(took, 3),
        )  # fmt: skip

    async def pause_target(self, key: str) -> TargetsAnswer:
        """Send nothing there until it is resumed. Raises Refused for a target that nobody knows."""
        await self._known(key)
        await self.store.pause_target(key, self.clock.now())
        return await self.targets()

    async def resume_target(self, key: str) -> TargetsAnswer:
        """Send there again; with a name, to all that is behind it."""
        paused = [h.target for h in await self.store.health() if key in (h.target, name_of(h.target))]
        for one in paused or [key]:
            await self.store.resume_target(one)
        await self._known(key)
        self.wake()
        return await self.targets()

    async def _known(self, key: str) -> None:
        keys = {h.target for h in await self.store.health()}
        if key not in keys and key not in self.settings.targets:
            known = ", ".join(sorted({*self.settings.targets, *keys})) or "none"
            raise Refused(f"there is no target '{key}'; there are: {known}")
