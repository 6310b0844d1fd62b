"""What can be asked of Alarum, the same on a store in this process and of a server that is reached over HTTP.

Every method answers with a `summary` that can be said to a person, and raises Refused with what would be right; then
nothing was changed. `what` names a task: its id, the beginning of that, words of its message, or the id of a run.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Literal, Protocol, TypedDict, Unpack

from alarum.app.answers import (
    Cancelled,
    Inbox,
    Queried,
    Redelivered,
    Scheduled,
    StatisticsAnswer,
    TargetsAnswer,
    Tested,
    Updated,
)
from alarum.app.request import Request
from alarum.app.task_edits import Edit

Bulk = Literal["cancel", "pause", "resume"]


class TaskQuery(TypedDict, total=False):
    """What `query` looks for; the fields are those of the tool. `when` is a window in words, `timezone` its IANA zone."""

    id: str | None
    text: str | None
    when: str | None
    tag: str | None
    status: str | None
    target: str | None
    timezone: str | None
    limit: int
    offset: int
    history: bool
    details: bool


class Application(Protocol):
    """What the commands, the tools and a program of one's own ask."""

    async def schedule(self, request: Request) -> Scheduled:
        """Keep a task."""
        ...

    async def query(self, **asked: Unpack[TaskQuery]) -> Queried:
        """Tasks that match, or what happens in a window; and what of it waits in the inbox."""
        ...

    async def inbox(self, acknowledge: Sequence[str], *, everything: bool = False, limit: int = 50) -> Inbox:
        """What fired and waits; runs or tasks that are named, or `everything`, are acknowledged first."""
        ...

    async def statistics(self) -> StatisticsAnswer:
        """Totals, and whether an alarm loop is running."""
        ...

    async def cancel(self, what: str) -> Cancelled:
        """End a task for good; its history stays."""
        ...

    async def edit(self, what: str, change: Edit) -> Updated:
        """Set fields of a task."""
        ...

    async def pause(self, what: str, until: str | None = None) -> Updated:
        """Hold a task, until words name a moment or it is resumed."""
        ...

    async def resume(self, what: str) -> Updated:
        """Let a paused task go on."""
        ...

    async def snooze(self, what: str, until: str) -> Updated:
        """Put off what has fired, or else the next run, until words name a moment."""
        ...

    async def skip_next(self, what: str) -> Updated:
        """Skip the next run of a repetition."""
        ...

    async def run_now(self, what: str) -> Updated:
        """Run once at once; the rhythm stays."""
        ...

    async def acknowledge(self, what: str) -> Updated:
        """Mark a run as seen, or all that fired of a task."""
        ...

    async def redeliver_one(self, what: str) -> Updated:
        """Send a failed run again, or all of a task that failed."""
        ...

    async def redeliver(
        self, run_id: str | None = None, since: timedelta | None = None, target: str | None = None
    ) -> Redelivered:
        """Send a failed run again, or all that failed in the last `since`, or at a target."""
        ...

    async def bulk(
        self, action: Bulk, *, text: str | None = None, tag: str | None = None, status: str | None = None, dry_run: bool = False
    ) -> Updated | Cancelled:  # fmt: skip
        """Cancel, pause or resume every task that matches; with `dry_run` only say which. "*" as `text` means every task."""
        ...

    async def targets(self) -> TargetsAnswer:
        """Delivery targets and their health."""
        ...

    async def test_target(self, where: str) -> Tested:
        """Send a test message there now, once."""
        ...

    async def pause_target(self, key: str) -> TargetsAnswer:
        """Send nothing there until it is resumed."""
        ...

    async def resume_target(self, key: str) -> TargetsAnswer:
        """Send there again."""
        ...
