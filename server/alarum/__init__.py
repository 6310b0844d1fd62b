"""Alarum: natural-language scheduling for agents. What a program of your own uses is here; the command is `alarum`.

`Alarum` is a store, an alarm loop and your own functions in one process; `trial` is the same in memory, with a clock that
is set; `Called` is what a function of yours is given; `Unread` is raised where words or values cannot be taken.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alarum.channels.python_call import Called
    from alarum.errors import Refused
    from alarum.library import Alarum
    from alarum.testing import Trial, trial

__version__ = "0.1.0"
__all__ = ["Alarum", "Called", "Refused", "Trial", "__version__", "trial"]

_PLACES = {
    "Alarum": "alarum.library", "Called": "alarum.channels.python_call", "Refused": "alarum.errors",
    "Trial": "alarum.testing", "trial": "alarum.testing",
}  # fmt: skip


def __getattr__(name: str) -> object:
    """Imported when it is first asked for: `alarum --help` must be quick (PEP 562)."""
    if name in _PLACES:
        return getattr(import_module(_PLACES[name]), name)
    raise AttributeError(f"module 'alarum' has no attribute '{name}'")
