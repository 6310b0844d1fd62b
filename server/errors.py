"""What goes wrong, typed; every message says what was wrong, what would be right, and gives an example."""

from __future__ import annotations


class Refused(Exception):
    """A request that was not carried out: a smarter one would be. Nothing was changed."""


class Unknown(Refused):
    """No such task or run; the message names the nearest ones."""


class Ambiguous(Refused):
    """Several tasks match; the message lists the calls that would mean one of them."""


class Changed(Refused):
    """The task was changed by somebody else at the same moment, again and again; ask again."""
