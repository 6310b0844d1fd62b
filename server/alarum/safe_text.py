"""Stored text on its way to a terminal, into a line of a protocol, or into a prompt: nothing of it is obeyed there."""

from __future__ import annotations

import unicodedata

# Control, format (the bidirectional overrides among them), surrogates, private use, unassigned, and what parts lines
# (Unicode Standard, section 4.5). A zero-width joiner makes one picture of several, and is left.
_HIDDEN = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
_JOINERS = "\u200c\u200d"


def visible(text: str, keep: str = "") -> str:
    """The text with what a terminal or a reader of lines would act on written as an escape; characters of `keep` stay.

    The escapes are those of JSON, so that JSON stays what it is when its structure is kept.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        c if c in keep or c in _JOINERS or unicodedata.category(c) not in _HIDDEN else _escape(c) for c in text
    )


def visible_lines(text: str) -> str:
    """The same for a text of several lines of our own: their ends stay."""
    return visible(text, "\n")


def fenced(text: str) -> str:
    """JSON that stands between tags in a prompt: nothing in it closes them."""
    return visible_lines(text).replace("<", "\\u003c").replace(">", "\\u003e")


_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def _escape(c: str) -> str:
    if c in _SHORT:
        return _SHORT[c]
    code = ord(c)
    if code < 0x10000:
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"
