"""Forms that are not English: cron, RFC 5545 properties, events, and no time at all on purpose."""

from __future__ import annotations

import re

from alarum_nlp.reading.leftovers import Unread
from alarum_nlp.reading.message import tidy
from alarum_nlp.resolve.moment import Moment, ahead
from alarum_nlp.rule import cron
from alarum_nlp.rule.model import Cron, Once, OnEvent, Unscheduled
from alarum_nlp.rule.reading import Reading
from alarum_nlp.rule.rrule_parse import from_rrule, looks_like_rrule
from alarum_nlp.rule.zones import known
from alarum_nlp.rule.zones import zone as zone_of

_EVENT = re.compile(
    r"^(?:(?P<once>once|the next time) )?(?:every time |on |when )?event (?P<name>[\w:.*-]{1,100})(?: happens| fires| comes in)?$",
    re.IGNORECASE,
)
_UNSCHEDULED = frozenset({"unscheduled", "someday", "no date", "without a date", "when i say so"})


def whole(text: str, m: Moment) -> Reading | None:
    """A reading of the whole text as one of these forms; None when it is none of them."""
    plain = text.strip()
    spans = ((0, len(text)),)
    if looks_like_rrule(plain):
        return _rrule(plain, m, spans)
    bare, home = _zoned(plain, m)
    if bare.lower() in _UNSCHEDULED:
        m.zone = home
        return Reading(Unscheduled(m.zone), "", spans)
    event = _EVENT.match(bare)
    m.zone = home if event else m.zone
    if event:
        return Reading(OnEvent(event["name"], m.zone, bool(event["once"])), "", spans)
    return _cron(text, m)


def _zoned(text: str, m: Moment) -> tuple[str, str]:
    """The text without a zone behind it, and that zone or the home zone."""
    bare, _, last = text.rpartition(" ")
    if bare and (last == "UTC" or "/" in last and known(last) or last.startswith(("UTC+", "UTC-"))):
        try:
            name = last[3:] if last[3:4] in ("+", "-") else last
            zone_of(name)
            return bare, name
        except ValueError:
            pass
    return text, m.zone


def _rrule(text: str, m: Moment, spans: tuple[tuple[int, int], ...]) -> Reading:
    try:
        rule = from_rrule(text, m.now, m.zone)
    except ValueError as why:
        raise Unread("unclear", str(why)) from None
    if isinstance(rule, Once):
        ahead(rule.at, m.now, m.zone)
    begun = "DTSTART" in text.upper()
    return Reading(rule, "", spans, () if begun else ("there is no DTSTART: it begins now",))


# Five fields behind the word, or the whole text.
_CRON_INSIDE = re.compile(
    r"(?<![\w*])(?:on |with )?cron:? +((?:[\d*,/a-zA-Z-]+ +){4}[\d*,/a-zA-Z-]+)(?: +([A-Za-z_]+/[A-Za-z_/]+))?"
)


def _cron(text: str, m: Moment) -> Reading | None:
    lower = text.strip().lower()
    if "cron" not in lower and lower[:1] not in "*0123456789":
        return None
    expression = cron.looks_like_cron(lower)
    start, end = 0, len(text)
    if expression is None:
        inside = _CRON_INSIDE.search(text)
        expression = cron.looks_like_cron(inside[1].lower()) if inside else None
        if inside is None or expression is None:
            return None
        m.zone = inside[2] or m.zone
        start, end = inside.span()
    try:
        rule = Cron(cron.lint(expression), m.zone)
    except ValueError as why:
        raise Unread("unclear", str(why)) from None
    return Reading(rule, tidy(text, [(start, end)]), ((start, end),))
