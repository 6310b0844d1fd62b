"""More than a hundred notification services through apprise (github.com/caronc/apprise), an optional extra."""

from __future__ import annotations

import asyncio
from functools import lru_cache
from importlib.util import find_spec
from typing import Any

from alarum.channels.attempt import AttemptResult, Sending
from alarum.channels.base import ChannelContext, Target
from alarum.channels.replies import failed
from alarum.channels.secret import SecretName

_INSTALL = "apprise is not installed; install it beside alarum with pip install apprise (in a clone: .venv/bin/pip install apprise)"


@lru_cache
def _installed() -> bool:
    return find_spec("apprise") is not None


class Apprise(Target):
    """`url` is an apprise URL (ntfy://, mailto://, ...); it holds secrets, so it is named and not written here.

    Apprise makes its own connections, to where the operator's URL says and nowhere a task could name.
    """

    url: SecretName
    title: str = "Reminder"

    def where(self, rest: str = "") -> str:
        return f"apprise {self.url.reveal().partition('://')[0] if self.url.is_set else self.url.source}"

    def missing(self) -> str | None:
        return super().missing() or (None if _installed() else _INSTALL)

    async def send(self, sending: Sending, context: ChannelContext) -> AttemptResult:
        try:
            async with asyncio.timeout(self.seconds(context)):
                error = await _notified(self.url.reveal(), self.title, sending.text)
        except (ValueError, TimeoutError) as why:
            return failed(sending.now, context.clock.now(), why)
        return AttemptResult(sending.now, context.clock.now(), error=error, error_class="apprise" if error else None)


async def _notified(url: str, title: str, text: str) -> str | None:
    """What went wrong, as far as apprise says; its log may hold the URL, so none of it is repeated."""
    import apprise

    service: Any = apprise.Apprise()
    if not service.add(url):
        raise ValueError("apprise does not understand the url of this target")
    try:
        arrived = await service.async_notify(body=text, title=title, body_format=apprise.NotifyFormat.TEXT)
    except Exception as why:
        return f"apprise failed with {type(why).__name__}"
    return None if arrived else "apprise could not deliver it"
