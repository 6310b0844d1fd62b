"""Words to a rule and back, and a rule to its next times. Pure: the clock and the zone are arguments."""

from nlp.cron import to_cron
from nlp.duration import duration, say_duration
from nlp.instants import exact, local
from nlp.interval import INTERVALS, Interval, interval
from nlp.leftovers import EXAMPLES
from nlp.read import may_name_a_time, read
from nlp.reading import Conventions, Reading, Unclear
from nlp.retiming import is_from_completion, is_shift, redated, retimed, rezoned
from nlp.rrule_in import from_rrule
from nlp.rrule_out import to_rrule
from nlp.rule import Cron, Once, OnEvent, Repeat, Rule, Several, Unscheduled, kind
from nlp.ruletext import from_text, to_text
from nlp.say import say, say_time
from nlp.times import forget_zones, next_time, next_times
from nlp.zones import zone

__all__ = [
    "EXAMPLES",
    "INTERVALS",
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
