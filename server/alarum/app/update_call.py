"""One call of `update`: an action, or fields to set."""

from __future__ import annotations

from alarum.app.answers import Updated
from alarum.app.app import App
from alarum.app.task_edits import Edit
from alarum.errors import Refused


async def carry_out_update(
    app: App, what: str | None, action: str | None, until: str | None, edit: Edit, *, all: bool = False, tag: str | None = None,
    dry_run: bool = False,
) -> Updated:  # fmt: skip
    """One call of `update`: an action, or fields to set. Raises Refused where the two are mixed."""
    _check(action, until, edit, all=all, dry_run=dry_run)
    if all:
        return await app.bulk("pause" if action == "pause" else "resume", text=what, tag=tag, dry_run=dry_run)
    if not what:
        raise Refused("say which task: its id, or words of its message; query() lists them")
    match action:
        case None if not edit:
            raise Refused("nothing to change was said; for example when='tomorrow at 9' or action='pause'")
        case None:
            return await app.edit(what, edit)
        case "pause":
            return await app.pause(what, until)
        case "snooze":
            if until is None:
                raise Refused("snooze needs until, in the user's words; for example until='in 10 minutes'")
            return await app.snooze(what, until)
        case "resume":
            return await app.resume(what)
        case "skip_next":
            return await app.skip_next(what)
        case "run_now":
            return await app.run_now(what)
        case "redeliver":
            return await app.redeliver_one(what)
        case _:
            return await app.acknowledge(what)


def _check(action: str | None, until: str | None, edit: Edit, *, all: bool, dry_run: bool) -> None:
    """Raises Refused for arguments that do not go together."""
    if action is not None and edit:
        raise Refused(f"do one thing at a time: action='{action}', or fields to set")
    if until is not None and action not in ("pause", "snooze"):
        raise Refused("until goes with action='pause' or action='snooze'; to change the time use when")
    if all and (action not in ("pause", "resume") or until is not None):
        raise Refused("all goes with action='pause' and action='resume'; for one task name it in `task`")
    if dry_run and not all:
        raise Refused("dry_run goes with all=true; alarum changes one task at once and shows it")
