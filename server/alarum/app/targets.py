"""Targets as people see them: where each leads, how it is, and a test message to it."""

from __future__ import annotations

from collections.abc import Iterable

from alarum.alarm.dispatcher import TargetDispatcher
from alarum.app.answers import TargetAnswer, TargetsAnswer, Tested
from alarum.app.context import Context
from alarum.channels.attempt import Sending
from alarum.errors import Refused
from alarum.settings.settings import allowed_webhook, refused_target
from alarum.settings.target_names import name_of, rest_of, shown, slot_key, without_namespace
from alarum.wording import local_text
from alarum_store import Health

_TEST = "This is a test of a target of Alarum; nothing has to be done."


class Targets:
    """Targets as people see them."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def targets(self, said: str = "") -> TargetsAnswer:
        """Every target of the settings, and every other that has runs, with its health; `said` goes before the summary."""
        health, gone = await self._context.store.targets.health(), await self._context.store.targets.disabled()
        health = [h for h in health if self._may_see(h.target)]
        gone = frozenset(where for where in gone if self._may_see(where))
        others = {h.target for h in health} | {address_of(where) for where in gone if "://" in where}
        names = [
            *self._context.settings.targets,
            *sorted(o for o in others if name_of(o) not in self._context.settings.targets),
        ]
        answers = [
            self._target(name, [h for h in health if name in (h.target, name_of(h.target))], _behind(name, gone)) for name in names
        ]  # fmt: skip
        bad = ", ".join(t.name for t in answers if t.health not in ("ok", "unused"))
        settings = self._context.settings
        roles = [("failures", settings.failures), ("every event", settings.lifecycle)]
        told = "".join(f", {what} to {where}" for what, where in roles if where)
        return TargetsAnswer(
            summary=f"{said}{len(answers)} targets{f', not well: {bad}' if bad else ''}. "
            f"By default reminders go to {shown(settings.goes_to(None, None))}{told}.",
            targets=answers,
            warnings=await self._context.loop_warnings(lambda what: not what.startswith("policies")),
        )

    def _may_see(self, key: str) -> bool:
        """Whether a place that tasks name themselves is one of this namespace; the operator, who has none, sees all of them."""
        return (
            not self._context.namespace
            or key == without_namespace(key)
            or key.startswith(f"{self._context.namespace}~")
        )

    def _target(self, name: str, known: list[Health], gone: list[str]) -> TargetAnswer:
        """One target of the settings with the health of all that is behind its name, or what stands for a URL."""
        paused = [h for h in known if h.paused]
        failing = [h for h in known if h.failing_since or h.untold_since]
        worst = (paused or failing or known or [Health(name)])[0]
        unreachable = self._context.settings.unreachable(name)
        states = [("unreachable", unreachable), ("paused", paused), ("gone", gone), ("failing", failing), ("ok", known)]
        why = [unreachable, f"{', '.join(map(shown, gone))} answered 410 Gone" if gone else None, _why(worst)]
        last = max((h.last_delivered for h in known if h.last_delivered), default=None)
        since = worst.failing_since or worst.untold_since
        zone = self._context.settings.zone
        return TargetAnswer(
            name=name, where=self._where(name), health=next((s for s, is_so in states if is_so), "unused"),
            why="; ".join(filter(None, why)) or None, failures=worst.failures, failing_since=local_text(since, zone) if since else None,
            next_try=local_text(worst.probe, zone) if worst.probe else None, paused=[h.target for h in paused], gone=[shown(one) for one in gone],
            waiting=sum(h.waiting for h in known), failed=sum(h.failed for h in known), notices=sum(h.notices for h in known),
            last_delivered=local_text(last, zone) if last else None,
        )  # fmt: skip

    def _where(self, name: str) -> str:
        target = self._context.settings.targets.get(name)
        if target is None:
            return "URLs that tasks name"
        shared = (
            "; its health is shared by all namespaces" if len(set(self._context.settings.tokens.values())) > 1 else ""
        )
        return f"{target.where()}{shared}"

    async def test_target(self, where: str) -> Tested:
        """Send a test message there now, once, and say what came of it; nothing is kept. Raises Refused."""
        is_url = "://" in where
        may = (
            allowed_webhook(self._context.settings, where)
            if is_url and where != self._context.settings.webhook
            else None
        )
        why_not = may if is_url else refused_target(self._context.settings, where)
        if why_not := why_not or self._context.settings.unreachable(slot_key(where)):
            raise Refused(why_not)
        now = self._context.clock.now()
        number = f"test_{now:%Y%m%dT%H%M%S%f}Z"
        body = {
            "eventId": number,
            "name": "alarum.test",
            "timestamp": now.isoformat(),
            "data": {"message": _TEST},
            "cursor": None,
        }
        sender = TargetDispatcher(self._context.settings, self._context.clock, self._context.store)
        try:
            answer = await sender.send(Sending(number, where, rest_of(where), body, 1, now, _TEST, lambda: _TEST))
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
        await self._context.store.targets.pause(key, self._context.clock.now())
        return await self.targets(f"{key} is paused; what is meant for it waits. ")

    async def resume_target(self, key: str) -> TargetsAnswer:
        """Send there again, also after a 410; with a name, to all that is behind it."""
        await self._known(key)
        for one in [
            h.target for h in await self._context.store.targets.health() if key in (h.target, name_of(h.target))
        ]:
            await self._context.store.targets.resume(one)
        for where in _behind(key, await self._context.store.targets.disabled()):
            await self._context.store.targets.enable(where)
        self._context.wake()
        return await self.targets(f"{key} is sent to again. ")

    async def _known(self, key: str) -> None:
        keys = {h.target for h in await self._context.store.targets.health()} | {
            address_of(where) for where in await self._context.store.targets.disabled()
        }
        keys = {one for one in keys if self._may_see(one)}
        if key not in keys and key not in self._context.settings.targets:
            known = ", ".join(sorted({*self._context.settings.targets, *keys})) or "none"
            raise Refused(f"there is no target '{key}'; there are: {known}")


def _behind(name: str, gone: Iterable[str]) -> list[str]:
    """What of `gone` a name stands for: the target itself, what it is asked for behind a slash, or URLs."""
    return sorted(where for where in gone if name in (where, shown(where), address_of(where), name_of(where) or None))


def address_of(where: str) -> str:
    """What stands for a place that is gone: host and port of a URL, in its namespace."""
    space, mark, url = where.rpartition("~") if "://" in where else ("", "", where)
    return f"{space}{mark}{slot_key(url)}"


def _why(health: Health) -> str | None:
    untold = f"{health.notices} notices could not be told there yet" if health.untold_since else None
    return "; ".join(filter(None, [health.error, untold])) or None
