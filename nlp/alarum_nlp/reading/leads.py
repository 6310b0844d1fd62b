"""Tables of phrases by their first word, and where one of them ends."""

from __future__ import annotations

Leads = dict[str, tuple[tuple[str, ...], ...]]


def leads(*phrases: str) -> Leads:
    """Phrases by their first word, longest first."""
    table: dict[str, list[tuple[str, ...]]] = {}
    for words in sorted((tuple(p.split()) for p in phrases), key=len, reverse=True):
        table.setdefault(words[0], []).append(words)
    return {first: tuple(rest) for first, rest in table.items()}


def lead(w: list[str], i: int, table: Leads) -> int:
    """Where a phrase of the table that starts at `i` ends; `i` when none does."""
    for words in table.get(w[i], ()):
        if len(words) == 1 or tuple(w[i : i + len(words)]) == words:
            return i + len(words)
    return i
