"""What is kept, and the only place with SQL."""

from store.delivering import READY, Attempt, Claim, Health, Instance, Notice, Outcome, Room, Rung, Say, Wake
from store.examine import Examined, examine
from store.health import ASKED
from store.identity import run_id
from store.model import (
    TAKES,
    TASK_STATES,
    DeliveryState,
    Find,
    Found,
    Incident,
    Loop,
    Overlap,
    Plan,
    Rate,
    Run,
    RunState,
    Snooze,
    Statistics,
    Task,
    TaskState,
    Usage,
)
from store.protocol import Planner, Store, StoreError, TaskExists
from store.rows import task_size
from store.search import plain, terms, wanted
from store.sqlite import MEMORY, SqliteStore

__all__ = [
    "ASKED",
    "MEMORY",
    "READY",
    "TAKES",
    "TASK_STATES",
    "Attempt",
    "Claim",
    "DeliveryState",
    "Examined",
    "Find",
    "Found",
    "Health",
    "Incident",
    "Instance",
    "Loop",
    "Notice",
    "Outcome",
    "Overlap",
    "Plan",
    "Planner",
    "Rate",
    "Room",
    "Run",
    "RunState",
    "Rung",
    "Say",
    "Snooze",
    "SqliteStore",
    "Statistics",
    "Store",
    "StoreError",
    "Task",
    "TaskExists",
    "TaskState",
    "Usage",
    "Wake",
    "examine",
    "plain",
    "run_id",
    "task_size",
    "terms",
    "wanted",
]
