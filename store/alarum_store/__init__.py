"""What is kept, and the only place with SQL."""

from alarum_store.delivery import READY, Attempt, Claim, Health, Instance, Notice, Outcome, Room, Rung, Say, Wake
from alarum_store.errors import StoreError, TaskExists
from alarum_store.identity import run_id
from alarum_store.model import (
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
from alarum_store.protocol import Planner, Store
from alarum_store.search import plain, terms, wanted
from alarum_store.sqlite.database import MEMORY
from alarum_store.sqlite.examine import Examined, examine
from alarum_store.sqlite.rows import task_size
from alarum_store.sqlite.statements.health import ASKED
from alarum_store.sqlite.store import SqliteStore

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
