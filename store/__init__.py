"""What is kept, and the only place with SQL."""

from store.examine import Examined, examine
from store.model import (
    TASK_STATES,
    Attempt,
    Claim,
    Find,
    Found,
    Outcome,
    Overlap,
    Plan,
    Rate,
    Room,
    Run,
    Rung,
    RunState,
    Snooze,
    Statistics,
    Task,
    TaskState,
    Wake,
)
from store.protocol import Planner, Store, StoreError, TaskExists
from store.search import terms, wanted
from store.sqlite import MEMORY, SqliteStore

__all__ = [
    "MEMORY",
    "TASK_STATES",
    "Attempt",
    "Claim",
    "Examined",
    "Find",
    "Found",
    "Outcome",
    "Overlap",
    "Plan",
    "Planner",
    "Rate",
    "Room",
    "Run",
    "RunState",
    "Rung",
    "Snooze",
    "SqliteStore",
    "Statistics",
    "Store",
    "StoreError",
    "Task",
    "TaskExists",
    "TaskState",
    "Wake",
    "examine",
    "terms",
    "wanted",
]
