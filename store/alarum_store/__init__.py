"""What is kept, and the only place with SQL."""

from alarum_store.delivery import (
    READY,
    Attempt,
    Capacity,
    Claim,
    Health,
    Notice,
    ObjectState,
    Outcome,
    ReplyChanges,
    TurnResult,
    Wake,
)
from alarum_store.errors import OutdatedProcess, StoreError, TaskExists
from alarum_store.identity import run_id
from alarum_store.model import (
    TAKES,
    TASK_STATES,
    DeliveryState,
    Incident,
    Loop,
    Origin,
    Overlap,
    Plan,
    Rate,
    Run,
    RunState,
    Snooze,
    Statistics,
    Task,
    TaskFilter,
    TaskPage,
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
    "Capacity",
    "Claim",
    "DeliveryState",
    "Examined",
    "Health",
    "Incident",
    "Loop",
    "Notice",
    "ObjectState",
    "Origin",
    "Outcome",
    "OutdatedProcess",
    "Overlap",
    "Plan",
    "Planner",
    "Rate",
    "ReplyChanges",
    "Run",
    "RunState",
    "Snooze",
    "SqliteStore",
    "Statistics",
    "Store",
    "StoreError",
    "Task",
    "TaskExists",
    "TaskFilter",
    "TaskPage",
    "TaskState",
    "TurnResult",
    "Usage",
    "Wake",
    "examine",
    "plain",
    "run_id",
    "task_size",
    "terms",
    "wanted",
]
