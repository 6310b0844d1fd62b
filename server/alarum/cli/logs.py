"""What a process says of itself on stderr: warnings and errors, and of a line that comes again and again only some."""

from __future__ import annotations

import logging
import sys
from collections import OrderedDict

from alarum.safe_text import visible

_EACH = 10  # lines of a kind
_PER = 60.0  # seconds
_KINDS = 1000


class RepeatFilter(logging.Filter):
    """Lets a few lines of a kind through in a minute, then says how many it left out."""

    def __init__(self) -> None:
        super().__init__()
        self._seen: OrderedDict[tuple[str, str], tuple[float, int]] = OrderedDict()

    def filter(self, record: logging.LogRecord) -> bool:
        kind = (record.name, str(record.msg)[:200])
        since, count = self._seen.pop(kind, (record.created, 0))
        if not 0 <= record.created - since < _PER:
            if (left_out := count - _EACH) > 0:
                record.msg, record.args = f"{record.getMessage()} (and {left_out} more like this)", None
            since, count = record.created, 0
        self._seen[kind] = (since, count + 1)
        while len(self._seen) > _KINDS:
            self._seen.popitem(last=False)
        return count < _EACH


class _Visible(logging.Formatter):
    """Text from outside cannot add a line to the log; a traceback keeps its lines."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        return visible(super().formatMessage(record))


def set_up() -> None:
    """Log to stderr; everything that this process logs goes through one handler."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Visible("%(levelname)s %(name)s: %(message)s"))
    handler.addFilter(RepeatFilter())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
