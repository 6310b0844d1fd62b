"""What is left when the time words are taken out: command words in front and politeness behind go too."""

from __future__ import annotations

import re

from alarum_nlp.reading.command import asked as asked_to
from alarum_nlp.reading.command import command_end, needed, request, without_calendar, without_having, without_tail

_MARKS = " \t\r\n\v\f,;:.!?"
_POLITE = re.compile(
    r"[\s,;:.!?-](?:please|thanks|thank you|thx|cheers|for me|as well|ok|okay|if you (?:would|could|can|don't mind)|(?:so |and )?remind me)$",
    re.IGNORECASE,
)
_POLITENESS = 30  # characters of the longest of these
_ASIDE = re.compile(r"^,? ?(?:if you (?:don't mind|would|could|can)|please|kindly|would you),? ?", re.IGNORECASE)
_LOOSE = frozenset(
    {"at", "on", "in", "for", "by", "and", "to", "the", "from", "of", "that", "about", "around", "every", "is", "a", "an",
     "until", "this", "@", "starting", "beginning", "or", "with", "as", "so", "namely", ""}
)  # fmt: skip
_FRONT_LOOSE = frozenset({"and", "to", "that", "for", "about", "of", "then", "by", "on", "at", "in", "or", "as", ""})


def tidy(text: str, spans: list[tuple[int, int]]) -> str:
    """The message of a sentence without its time words and command words."""
    asked = request(text)
    waking = (
        bool(asked and text[slice(*asked)].lower().startswith(("wake", "get me up"))) or "wake-up call" in text.lower()
    )
    message = ""
    if asked and command_end(text) < asked[1]:
        # A request in the middle: what stands behind it is meant, else what stands before it.
        pieces = _pieces(text, spans, asked[1], len(text))
        later = [p for p in pieces[1:] if p.lstrip(" ,").lower().startswith(("to ", "that ", "about "))]
        if text[asked[1] : asked[1] + 1] == "," and later:  # "remind me, doctor's orders, every 4 hours to ..."
            pieces = later
        message = _strip(_ASIDE.sub("", " ".join(pieces)))
        if not message:
            before = _kept(text, spans, 0, asked[0])
            message = _front(without_having(needed(before[command_end(before) :].lstrip(" ,"))))
    if not message:
        whole = without_tail(_kept(text, spans, 0, len(text)))
        begin = command_end(whole)
        rest = without_calendar(whole[begin:].strip())
        message = _strip(rest) if asked_to(whole[:begin]) else _front(rest)
    message = _with_particle(without_calendar(message), text)
    return message or ("wake up" if waking else "")


def _with_particle(message: str, text: str) -> str:
    """ "log in" at the very end of a text keeps its "in"."""
    head, _, last = text.rstrip(" .!?").rpartition(" ")
    kept = message and last in ("in", "on", "with", "about", "for", "of") and head.endswith(f" {message}")
    return f"{message} {last}" if kept else message


def _front(text: str) -> str:
    """Without the command words that open it, twice: taking some away can bare others."""
    for _ in range(2):
        end = command_end(text)
        command, text = text[:end], _strip(text[end:])
        if asked_to(command):
            break
    return text


def _kept(text: str, spans: list[tuple[int, int]], start: int, end: int) -> str:
    """The text from `start` to `end` without the spans."""
    return " ".join(_pieces(text, spans, start, end))


def _pieces(text: str, spans: list[tuple[int, int]], start: int, end: int) -> list[str]:
    pieces, last = [], start
    for a, b in spans:
        if b > start and a < end:
            pieces.append(text[last : max(a, last)])
            last = max(last, b)
    pieces.append(text[last:end] if last < end else "")
    return [p for piece in pieces if (p := _strip_back(piece.strip()))]


def _strip_back(text: str) -> str:
    while True:
        text = text.rstrip(" ,;:-(@")
        head, _, tail = text.rpartition(" ")
        if tail.lower() in _LOOSE and tail:
            text = head
        else:
            return text


def _without_politeness(text: str) -> str:
    """Without words of politeness at the end ("please"), and the punctuation around them."""
    bare = text.rstrip(_MARKS)
    found = _POLITE.search(bare, max(0, len(bare) - _POLITENESS))
    return (bare[: found.start()] if found else bare).rstrip(_MARKS + "-")


def _strip(text: str) -> str:
    text = text.strip(" \t\r\n,;:-")
    while True:
        head, _, rest = text.partition(" ")
        if head.lower() in _FRONT_LOOSE and head and rest:
            text = rest.lstrip(" ,;:-")
        elif head.lower() in _FRONT_LOOSE:
            text = ""
            break
        else:
            break
    text = _strip_back(text)
    trimmed = _without_politeness(text)
    text = trimmed if trimmed or not text.strip(" .,!?") else text
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        text = text[1:-1]
    return "" if not text.strip(" .,!?'\"()/") else " ".join(text.split())
