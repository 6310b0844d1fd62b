"""What a store cannot do; every message says what to do about it."""

from __future__ import annotations


class StoreError(Exception):
    """The store could not do what was asked; the message says what to do about it."""


class TaskExists(StoreError):
    """A task with this id is already kept; choose another id."""


class OutdatedProcess(StoreError):
    """A newer version has migrated the database under this process, which can do no more with it."""
