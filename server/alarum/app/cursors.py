"""Cursors of what fired: the order of ringing, as a number that tells a namespace nothing of how much rings for others."""

from __future__ import annotations

import hashlib
import hmac

_HALF = 29  # bits
_MASK = (1 << _HALF) - 1
_ROUNDS = 6
_BASE = 5 * 10**17  # all have 18 digits


class Cursors:
    """Cursors of one namespace: a permutation of the sequences by a key of the store (a Feistel network whose rounds are HMACs).

    Without a key a cursor is the sequence itself.
    """

    def __init__(self, key: bytes | None, namespace: str = "") -> None:
        self._key = key and hmac.digest(key, namespace.encode(), hashlib.sha256)

    def cursor(self, sequence: int) -> int:
        """The cursor behind the run with this sequence."""
        if self._key is None:
            return sequence
        left, right = sequence >> _HALF & _MASK, sequence & _MASK
        for n in range(_ROUNDS):
            left, right = right, left ^ self._round(n, right)
        return _BASE + (left << _HALF | right)

    def sequence(self, cursor: int) -> int | None:
        """The sequence of a cursor; None for one that is not of this store and namespace."""
        if self._key is None:
            return cursor
        mixed = cursor - _BASE
        if not 0 <= mixed < 1 << 2 * _HALF:
            return None
        left, right = mixed >> _HALF, mixed & _MASK
        for n in reversed(range(_ROUNDS)):
            left, right = right ^ self._round(n, left), left
        return left << _HALF | right

    def _round(self, n: int, half: int) -> int:
        assert self._key is not None
        return int.from_bytes(hmac.digest(self._key, b"%d %d" % (n, half), hashlib.sha256)[:4], "big") & _MASK
