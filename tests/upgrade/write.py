"""Writes a database of an older version and what that version says of it. Run in a checkout of that version.

    git worktree add /tmp/old 7d43986 && cd /tmp/old && PYTHONPATH=. python .../tests/upgrade/write.py OUT

writes OUT.db and OUT.json. Every kind of rule, every state of a task and of a run, attempts, notices, watchers, objects
and targets that fail are in it.
"""
# ruff: noqa  # the modules are those of the older version
# mypy: ignore-errors

import asyncio
import json
import shutil
import sqlite3
import sys
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import nlp
from server.changing import Edit
from server.channels.object import Object
from server.channels.webhook import Webhook
from server.scheduling import Request
from server.secret import Secret
from server.testing import trial
from store import TASK_STATES, Find

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=ZoneInfo("Europe/Berlin"))
LATER = NOW + timedelta(days=40)
PHRASES = {
    "once": "on 24 december at 18:00",
    "instant": "2027-03-01T09:00:00Z",
    "several": "tomorrow at 7 and sunday at 8",
    "daily": "every day at 9",
    "weekdays": "every weekday at 9 except wednesday",
    "biweekly": "every other tuesday at 6pm",
    "monthly": "every month on the 31st at 10:00",
    "nth": "last friday of the month at 17:00",
    "yearly": "every year on 29 february at noon",
    "times": "every day at 8 in the morning and 8 in the evening",
    "window": "every 15 minutes between 9 and 17 on weekdays",
    "bounded": "every day at 8 until 1 march",
    "counted": "every monday at 10 for 6 weeks",
    "hourly": "every 2 hours",
    "from_completion": "every! 3 days",
    "months": "saturdays in january at 9",
    "quarterly": "every quarter on the 1st at 9:00",
    "cron": "0 9 * * 1-5",
    "cron_steps": "*/20 8-18 * * *",
    "rrule": "RRULE:FREQ=MONTHLY;BYDAY=-1FR;BYHOUR=17;BYMINUTE=30",
    "preset": "@daily",
    "new_york": "every sunday at 2:30 am New York time",
    "offset": "every day at 9am UTC+2",
    "holiday": "every christmas at 9",
    "easter": "every year on good friday at 10",
    "last_day": "on the last day of every month at 17:00",
    "event": "on event build:done",
    "unscheduled": None,
}


class World:
    broken: set[str] = {"failing"}

    def answer(self, sent):
        if sent.task_id == "stateful":
            return {"state": {"page": 3}, "reason": "half way"}
        if sent.task_id == "gone":
            return 410
        return 500 if sent.task_id in self.broken else 204


async def write(out: Path) -> None:
    path, world = Path(tempfile.mkdtemp()) / "alarum.db", World()
    targets = {
        "hook": Webhook.model_construct(
            url="https://hook.example/x", secret=Secret("env:X", "whsec_" + "a" * 44), old_secret=None
        ),
        "audit": Webhook.model_construct(
            url="https://audit.example/x", secret=Secret("env:X", "whsec_" + "a" * 44), old_secret=None
        ),
    }
    settings = {
        "targets": targets,
        "default_target": "hook",
        "failures": "audit",
        "lifecycle": "audit",
        "pause_after": timedelta(hours=1),
    }
    async with trial(NOW, "Europe/Berlin", database=path, answer=world.answer, **settings) as it:
        for name, words in PHRASES.items():
            await it.app.schedule(Request(words, f"rule {name}", id=f"rule-{name}", tags=("kept", name), priority=1))
        own = {"max_attempts": 2, "delay": "1m", "jitter": 0}
        for name in ("well", "failing", "gone", "stateful", "snoozed", "acked", "waiting"):
            webhook = "https://gone.example/hook" if name == "gone" else None
            await it.app.schedule(
                Request(
                    "in 10 minutes",
                    f"run {name}",
                    id=name,
                    webhook=webhook,
                    payload={"n": [1, None, "ü"]},
                    metadata={"by": "anna"},
                    policies=own if name == "failing" else None,
                    idempotency_key=f"key-{name}",
                )
            )
        await it.app.schedule(
            Request(
                "every minute for 30 minutes",
                "limited",
                id="limited",
                policies={"rate_limit": 3, "rate_interval": "1h"},
            )
        )
        await it.app.schedule(Request("every hour", "misfire", id="misfire", policies={"misfire": "skip"}))
        await it.app.schedule(Request("every day at 7", "paused", id="paused"))
        await it.app.pause("paused")
        await it.app.schedule(Request("every day at 7", "paused until", id="paused-until"))
        await it.app.pause("paused-until", "2027-02-01 at 8:00")
        await it.app.schedule(Request("every monday at 7", "cancelled", id="cancelled"))
        await it.app.cancel("cancelled")
        await it.app.schedule(Request("every monday at 7", "skips the next", id="skips"))
        await it.app.skip_next("skips")
        await it.app.schedule(Request("every monday at 7", "snoozes the next", id="snoozes"))
        await it.app.snooze("snoozes", "2026-11-25 at 9:00")
        await it.app.schedule(
            Request("every friday at 12", "message ümläut 提醒", id="unicode", zone="America/New_York")
        )
        await it.app.edit("unicode", Edit("every friday at 13:00", None))
        await it.app.schedule(Request("every friday at 12", "will be damaged", id="damaged"))
        anna = it.app.within("anna")
        await anna.schedule(Request("every day at 6", "anna's", id="daily", webhook="https://anna.example/hook"))
        await it.advance("3 hours")
        await it.jump("2 hours")
        runs = {run.task_id: run for run in await it.runs()}
        await it.app.snooze(runs["snoozed"].id, "2027-01-05 at 9:00")
        await it.app.inbox([runs["acked"].id])
        store = it.store
        await store.has_read("agent", runs["well"].sequence, "")
        await store.has_read("agent", 1, "anna")
        await it.app.snooze(runs["misfire"].id, "in 5 minutes")
        await it.advance("10 minutes")
        await it.app.pause_target("hook")
        await it.app.run_now("rule-unscheduled")
        await it.turn()
    with sqlite3.connect(path) as db:
        db.execute("update tasks set rule = '{\"kind\": \"nonsense\"}' where id = 'damaged'")
        db.execute(
            "insert into objects (namespace, target, name, state) values ('', 'rooms', 'kitchen', '{\"litres\": 2}')"
        )
    db.close()
    async with trial(
        NOW + timedelta(days=7, hours=4), "Europe/Berlin", database=path, answer=world.answer, **settings
    ) as it:
        await it.turn()
        await it.app.schedule(Request("in 3 months", "noted", id="noted"))  # its notice waits
        found = {
            "version": sys.argv[2] if len(sys.argv) > 2 else "",
            "now": it.clock.now().isoformat(),
            "later": LATER.isoformat(),
            "tasks": {},
            "runs": {},
        }
        for space in ("", "anna"):
            for task in (await it.store.find(Find(space, states=TASK_STATES, limit=1000))).tasks:
                try:
                    times = [t.isoformat() for t in nlp.next_times(nlp.from_text(task.rule), it.clock.now(), 6)]
                except ValueError:
                    times = None
                found["tasks"][f"{space}/{task.id}"] = {
                    "state": task.state,
                    "message": task.message,
                    "words": task.words,
                    "zone": task.zone,
                    "kind": task.kind,
                    "rule": task.rule,
                    "due": task.due and task.due.isoformat(),
                    "scheduled": task.scheduled and task.scheduled.isoformat(),
                    "runs": task.runs,
                    "priority": task.priority,
                    "webhook": task.webhook,
                    "target": task.target,
                    "payload": task.payload,
                    "metadata": task.metadata,
                    "tags": list(task.tags),
                    "policies": task.policies,
                    "idempotency_key": task.idempotency_key,
                    "why": task.why,
                    "receiver_state": task.receiver_state,
                    "next_times": times,
                }
            for run in await it.store.runs(namespace=space, limit=100_000):
                found["runs"][run.id] = {
                    "task": run.task_id,
                    "state": run.state,
                    "scheduled": run.scheduled.isoformat(),
                    "rung": run.rung.isoformat(),
                    "origin": run.origin,
                    "missed": run.missed,
                    "why": run.why,
                    "target": run.target,
                    "attempts": run.attempts,
                    "acknowledged": run.acknowledged and run.acknowledged.isoformat(),
                    "message": run.message,
                    "tries": [[a.number, a.status, a.error, a.error_class] for a in await it.store.attempts(run.id)],
                }
        found["snoozed"] = [[run.id, due.isoformat()] for run, due in await it.store.snoozed("")]
        found["waiting"] = {space: (await it.store.waiting(space))[0] for space in ("", "anna")}
        found["watchers"] = {space: await it.store.read_to("agent", space) for space in ("", "anna")}
        found["health"] = [[h.target, h.failures, h.paused and h.paused.isoformat()] for h in await it.store.health()]
        found["gone"] = sorted(await it.store.gone())
        found["object"] = await it.store.instance("rooms", "kitchen", "")
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("delete from loops")
    (found["notices"],) = db.execute("select count(*) from outbox").fetchone()
    db.execute("pragma wal_checkpoint(truncate)").fetchall()
    db.execute("pragma journal_mode = delete").fetchall()
    db.execute("vacuum")
    db.close()
    shutil.copy(path, out.with_suffix(".db"))
    out.with_suffix(".json").write_text(json.dumps(found, indent=1, ensure_ascii=False, sort_keys=True) + "\n")


asyncio.run(write(Path(sys.argv[1])))
