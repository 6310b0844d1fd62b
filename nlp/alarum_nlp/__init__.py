"""Words to a rule and back, and a rule to its next times. Pure: the clock and the zone are arguments."""

from alarum_nlp.reading.interval import INTERVALS, Interval, interval
from alarum_nlp.reading.leftovers import EXAMPLES
from alarum_nlp.reading.read import may_name_a_time, read
from alarum_nlp.reading.retiming import is_from_completion, is_shift, redated, retimed, rezoned
from alarum_nlp.rule.cron import to_cron
from alarum_nlp.rule.durations import duration, say_duration
from alarum_nlp.rule.model import SUBDAILY, Cron, Once, OnEvent, Repeat, Rule, Several, Unscheduled, kind
from alarum_nlp.rule.next_times import forget_zones, next_time, next_times
from alarum_nlp.rule.reading import Conventions, Reading, Unclear
from alarum_nlp.rule.rrule_format import to_rrule
from alarum_nlp.rule.rrule_parse import from_rrule
from alarum_nlp.rule.say import say, say_time
from alarum_nlp.rule.serialize import from_text, to_text
from alarum_nlp.rule.wall_clock import exact, local
from alarum_nlp.rule.zones import zone

__all__ = [
    "EXAMPLES",
    "INTERVALS",
    "SUBDAILY",
    "Conventions",
    "Cron",
    "Interval",
    "OnEvent",
    "Once",
    "Reading",
    "Repeat",
    "Rule",
    "Several",
    "Unclear",
    "Unscheduled",
    "duration",
    "exact",
    "forget_zones",
    "from_rrule",
    "from_text",
    "interval",
    "is_from_completion",
    "is_shift",
    "kind",
    "local",
    "may_name_a_time",
    "next_time",
    "next_times",
    "read",
    "redated",
    "retimed",
    "rezoned",
    "say",
    "say_duration",
    "say_time",
    "to_cron",
    "to_rrule",
    "to_text",
    "zone",
]
