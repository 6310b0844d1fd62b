"""What goes wrong, typed; every message says what was wrong, what would be right, and gives an example."""

from __future__ import annotations


class Refused(Exception):
    """A request that was not carried out: a smarter one would be. Nothing was changed."""


class Unknown(Refused):
    """No such task or run; the message names the nearest ones."""


class NotRead(Refused):
    """Words whose time was not understood, and the `reason`; `choices` are words that would be."""

    def __init__(self, text: str, reason: str, choices: tuple[str, ...]) -> None:
        super().__init__(text)
        self.reason, self.choices = reason, choices


class Ambiguous(Refused):
    """Several tasks match; the message lists the calls that would mean one of them, `choices` their ids and what they say."""

    def __init__(self, text: str, choices: dict[str, str]) -> None:
        super().__init__(text)
        self.choices = choices


class ChangedMeanwhile(Refused):
    """The task was changed by somebody else at the same moment, again and again; ask again."""
