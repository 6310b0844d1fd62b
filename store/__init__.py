"""What is kept, and the only place with SQL."""

from store.model import Attempt, Claim, Find, Found, Outcome, Run, RunState, Task, TaskState
from store.protocol import Store, StoreError, TaskExists
from store.sqlite import SqliteStore

__all__ = [
    "Attempt",
    "Claim",
    "Find",
    "Found",
    "Outcome",
    "Run",
    "RunState",
    "SqliteStore",
    "Store",
    "StoreError",
    "Task",
    "TaskExists",
    "TaskState",
]
