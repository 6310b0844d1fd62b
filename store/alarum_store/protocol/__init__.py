"""What a store must do, by who asks. One contract suite (tests/store/contract.py) holds every implementation to it."""

from __future__ import annotations

from typing import Protocol

from alarum_store.protocol.loop import LoopStore, Planner
from alarum_store.protocol.runs import RunStore
from alarum_store.protocol.targets import TargetStore
from alarum_store.protocol.tasks import TaskStore
from alarum_store.protocol.upkeep import UpkeepStore

__all__ = ["LoopStore", "Planner", "RunStore", "Store", "TargetStore", "TaskStore", "UpkeepStore"]


class Store(Protocol):
    """Durable when it returns: a write that was answered survives the process and, on disk, the power."""

    @property
    def tasks(self) -> TaskStore: ...

    @property
    def loop(self) -> LoopStore: ...

    @property
    def runs(self) -> RunStore: ...

    @property
    def targets(self) -> TargetStore: ...

    @property
    def upkeep(self) -> UpkeepStore: ...

    async def close(self) -> None: ...
