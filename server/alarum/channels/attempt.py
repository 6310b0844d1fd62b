"""What goes to a channel and what comes back: one attempt at one message, and its result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from alarum.channels.reply_directives import ReplyDirectives, parse_reply
from alarum_store import ASKED, Claim, ObjectState

LONGEST_WAIT = timedelta(hours=24)  # that a receiver is granted


@dataclass(frozen=True, slots=True)
class AttemptResult:
    """What one attempt came to. `wait` is what the receiver asked for; `gone` means it wants no more, ever.

    `hold` is how long nothing else may be sent to the target either; `note` is worth keeping though all is well.
    """

    started: datetime
    ended: datetime
    status: int | None = None
    error: str | None = None
    error_class: str | None = None
    wait: timedelta = timedelta()
    gone: bool = False
    hold: timedelta = timedelta()
    said: ReplyDirectives | None = None
    note: str | None = None
    instance: ObjectState | None = None


@dataclass(frozen=True, slots=True)
class Sending:
    """One attempt. `id` never changes for a run; `rest` is what the target is asked for, behind its name and a slash.

    `text` is for people, `tell` makes the line for agents. `claim` is None for what is not a reminder: a notice to the
    operator, or a test.
    """

    id: str
    target: str
    rest: str
    body: dict[str, Any]
    attempt: int
    now: datetime
    text: str
    tell: Callable[[], str]
    claim: Claim | None = None

    @property
    def line(self) -> str:
        """For agents: with when, how late, which run, how to stop it; the stored text is marked as such."""
        return self.tell()

    @property
    def payload(self) -> Any:
        return self.claim.task.payload if self.claim else None


def reply_result(body: object, started: datetime, ended: datetime, status: int | None = None) -> AttemptResult:
    """The answer that JSON gives where nothing went wrong: done, unless it asks for another try."""
    said = parse_reply(body, fine=True)
    if said is not None and said.retry_after is not None and not said.stop:
        error = f"the receiver asks for another try{f': {said.reason}' if said.reason else ''}"
        return AttemptResult(started, ended, status, error, ASKED, min(said.retry_after, LONGEST_WAIT), said=said)
    return AttemptResult(started, ended, status, said=said)
