"""Zones in a phrase: IANA keys, places, abbreviations and offsets."""

from __future__ import annotations

from alarum_nlp.reading.lexicon import AMBIGUOUS_ZONES, PLACES, ZONE_ABBREVIATIONS
from alarum_nlp.reading.scan import Tokens
from alarum_nlp.rule.zones import cities, keys


def _digits_offset(t: Tokens, i: int) -> str:
    """ "-0500", "+05:30" behind a clock (RFC 5322, ISO 8601); "" when it is something else."""
    number = t.words[i + 1]
    if t.kinds[i + 1] == "num" and len(number) == 4 and number.isdigit():
        number = f"{number[:2]}:{number[2:]}"
    elif t.kinds[i + 1] == "num" and len(number) < 3 and number.isdigit() and t.words[i - 1].count(":") == 2:
        number = f"{int(number):02}:00"
    elif t.kinds[i + 1] != "clock":
        return ""
    return f"{t.words[i]}{number:0>5}" if int(number[:2].rstrip(":")) <= 14 and int(number[-2:]) < 60 else ""


def place(t: Tokens, i: int) -> str | None:
    """The zone of a place that is named at token `i` with a capital letter; None when no such place is known."""
    for size in (2, 1):
        name = " ".join(t.words[i : i + size]).strip()
        if t.capital(i) and (key := _of_place(name)):
            return key
    return None


def _of_place(name: str) -> str | None:
    """The zone of a city, a country or a region, in lower case."""
    return PLACES.get(name) or cities().get(name.replace(" ", "_"))


def zone_phrase(t: Tokens, i: int, *, after_clock: bool) -> tuple[str | tuple[str, ...], int] | None:
    """A zone in a phrase; a tuple of names where the words could mean several."""
    word = t.words[i]
    if word in ("timezone", "tz", "zone") and t.kinds[i + 1] == "path":
        i, word = i + 1, t.words[i + 1]
    if t.kinds[i] == "path":
        name = keys().get(word)
        return (name, i + 1 + (t.words[i + 1] in ("time", "timezone"))) if name else None
    if after_clock and word in ("+", "-") and t.glued(i + 1) and (offset := _digits_offset(t, i)):
        return offset, i + 2
    if word in ("utc", "gmt") and t.words[i + 1] in ("+", "-") and t.kinds[i + 2] in ("num", "clock"):
        sign, number = t.words[i + 1], t.words[i + 2]
        hours, _, minutes = number.partition(":")
        if int(hours) <= 14:
            return f"{sign}{int(hours):02}:{minutes or '00'}", i + 3
    if not after_clock and word not in ("utc", "gmt"):
        return None
    if word in AMBIGUOUS_ZONES:
        return AMBIGUOUS_ZONES[word], i + 1
    if word in ZONE_ABBREVIATIONS and not (
        word in ("et", "ct", "mt", "pt", "west", "eat", "z") and t.text[t.starts[i]].islower()
    ):
        return ZONE_ABBREVIATIONS[word], i + 1
    start = i + 1 if word == "in" else i
    for size in (2, 1):
        if key := _of_place(" ".join(t.words[start : start + size])):
            j = start + size
            if t.words[j] == "time":
                return key, j + 1
            if word in ("eastern", "pacific", "central", "mountain") and t.words[i - 1] in ("am", "pm", "m", "."):
                return key, j
            if t.words[j] in ("standard", "daylight", "summer") and t.words[j + 1] == "time":
                return key, j + 2
    return None
