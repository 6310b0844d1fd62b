"""English as data: every word the grammar knows, by what it may stand for. Words are lowercase and whole."""

from __future__ import annotations

from typing import Literal

from alarum_nlp.rule.holidays import EASTER_DAYS, NAMED_TIMES_OF_YEAR, WEEKDAY_HOLIDAYS
from alarum_nlp.rule.model import Unit

WEEKDAYS = {
    "monday": 0, "mondays": 0, "mon": 0, "mo": 0,
    "tuesday": 1, "tuesdays": 1, "tue": 1, "tues": 1, "tu": 1, "teusday": 1, "tuseday": 1,
    "wednesday": 2, "wednesdays": 2, "wed": 2, "weds": 2, "wednsday": 2, "wedensday": 2, "wensday": 2, "wedneday": 2,
    "thursday": 3, "thursdays": 3, "thu": 3, "thur": 3, "thurs": 3, "th": 3, "thrusday": 3,
    "friday": 4, "fridays": 4, "fri": 4, "fr": 4, "firday": 4,
    "saturday": 5, "saturdays": 5, "sat": 5, "sa": 5, "satuday": 5, "saterday": 5,
    "sunday": 6, "sundays": 6, "sun": 6, "su": 6,
}  # fmt: skip
TITLES = frozenset({"mr", "mrs", "ms", "dr", "miss", "sir", "aunt", "uncle"})
# Names that end in a day.
NAMES = frozenset(
    {("ruby", "tuesday"), ("sheffield", "wednesday"), ("man", "friday"), ("girl", "friday"), ("black", "friday"),
     ("freaky", "friday"), ("bloody", "sunday"), ("fat", "tuesday"), ("joe", "friday"), ("wednesday", "addams"),
     ("happy", "mondays"), ("blue", "monday")}
)  # fmt: skip
# Books whose verses look like times of day.
BOOKS = frozenset(
    {"genesis", "exodus", "leviticus", "psalm", "psalms", "proverbs", "isaiah", "jeremiah", "matthew", "mark", "luke", "john",
     "acts", "romans", "corinthians", "galatians", "ephesians", "philippians", "hebrews", "james", "peter", "revelation",
     "sura", "surah", "quran"}
)  # fmt: skip
PLURAL_WEEKDAYS = frozenset(w for w in WEEKDAYS if w.endswith("days"))
# Words that are also something else: they need company before they count as a day.
WEAK_WEEKDAYS = frozenset({"mo", "sa", "su", "tu", "th", "fr", "sat", "sun", "wed", "mon"})
DAY_GROUPS = {
    "weekday": (0, 1, 2, 3, 4), "weekdays": (0, 1, 2, 3, 4), "workday": (0, 1, 2, 3, 4),
    "workdays": (0, 1, 2, 3, 4), "weekend": (5, 6), "weekends": (5, 6), "weeknight": (0, 1, 2, 3, 4),
    "weeknights": (0, 1, 2, 3, 4), "weekdaily": (0, 1, 2, 3, 4),
}  # fmt: skip

MONTHS = {
    "january": 1, "jan": 1, "february": 2, "feb": 2, "febuary": 2, "march": 3, "mar": 3, "april": 4, "apr": 4,
    "may": 5, "june": 6, "jun": 6, "july": 7, "jul": 7, "august": 8, "aug": 8, "september": 9, "sep": 9,
    "sept": 9, "october": 10, "oct": 10, "november": 11, "nov": 11, "december": 12, "dec": 12,
}  # fmt: skip
WEAK_MONTHS = frozenset({"may", "march", "mar", "jan", "jun", "dec"})

UNITS: dict[str, Unit | Literal["fortnight"]] = {
    "second": "second", "seconds": "second", "sec": "second", "secs": "second", "s": "second",
    "minute": "minute", "minutes": "minute", "min": "minute", "mins": "minute", "minuets": "minute", "mintues": "minute", "mn": "minute",
    "hour": "hour", "hours": "hour", "hr": "hour", "hrs": "hour", "h": "hour",
    "day": "day", "days": "day", "d": "day", "night": "day", "nights": "day",
    "week": "week", "weeks": "week", "wk": "week", "wks": "week", "w": "week",
    "fortnight": "fortnight", "fortnights": "fortnight",
    "month": "month", "months": "month", "mo": "month", "mos": "month",
    "quarter": "quarter", "quarters": "quarter",
    "year": "year", "years": "year", "yr": "year", "yrs": "year", "y": "year",
}  # fmt: skip
GLUED_UNITS = frozenset({"s", "m", "h", "d", "w", "y", "sec", "min", "hr", "hrs", "mins", "secs", "mo"})

NUMBERS = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fourty": 40, "fifty": 50,
    "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8,
    "ninth": 9, "tenth": 10, "eleventh": 11, "twelfth": 12, "twelveth": 12, "thirteenth": 13, "fourteenth": 14,
    "fifteenth": 15, "sixteenth": 16, "seventeenth": 17, "eighteenth": 18, "nineteenth": 19, "twentieth": 20,
    "thirtieth": 30,
}  # fmt: skip

# What a number of times is counted in.
COUNTED = frozenset(
    {"times", "time", "x", "occurrences", "occurrence", "repetitions", "instances", "reminders", "alarms", "rounds", "iterations",
     "runs", "repeats"}
)  # fmt: skip

# Part of day -> the key of its hour in `Conventions.parts`.
PARTS = {
    "morning": "morning", "mornings": "morning", "noon": "noon", "midday": "noon", "noontime": "noon",
    "lunch": "lunch", "lunchtime": "lunch", "afternoon": "afternoon", "afternoons": "afternoon",
    "evening": "evening", "evenings": "evening", "eve": "evening", "night": "night", "nights": "night",
    "tonight": "tonight", "tonite": "tonight", "tonights": "tonight", "midmorning": "midmorning", "midafternoon": "midafternoon",
    "dinnertime": "evening", "bedtime": "night", "breakfast": "breakfast", "dinner": "evening",
    "brunch": "midmorning", "overnight": "night",
}  # fmt: skip
# Parts that are words of daily life first: they need "at" or "before" to be a time.
WEAK_PARTS = frozenset({"lunch", "breakfast", "dinner", "brunch", "overnight", "eve", "night", "nights"})

RELATIVE_DAYS = {
    "today": 0, "todays": 0, "tomorrow": 1, "tomorrows": 1, "tmrw": 1, "tmr": 1, "tmw": 1, "tomorow": 1, "tommorow": 1,
    "tommorrow": 1, "tomm": 1, "tod": 0, "tom": 1, "2moro": 1, "2morrow": 1, "yesterday": -1, "2day": 0,
}  # fmt: skip
WEAK_RELATIVE_DAYS = frozenset({"tod", "tom", "tomm"})

FREQUENCIES: dict[str, tuple[Unit, int]] = {
    "secondly": ("second", 1), "minutely": ("minute", 1), "hourly": ("hour", 1), "daily": ("day", 1),
    "everyday": ("day", 1), "nightly": ("day", 1), "weekly": ("week", 1), "biweekly": ("week", 2),
    "fortnightly": ("week", 2), "monthly": ("month", 1), "bimonthly": ("month", 2), "quarterly": ("quarter", 1),
    "yearly": ("year", 1), "annually": ("year", 1), "biannually": ("month", 6), "semiannually": ("month", 6),
    "annual": ("year", 1), "biennially": ("year", 2), "everynight": ("day", 1), "everymorning": ("day", 1),
}  # fmt: skip
PRESETS = {
    "@minutely": "every minute", "@hourly": "every hour on the hour", "@daily": "every day at 00:00",
    "@midnight": "every day at 00:00", "@weekly": "every sunday at 00:00",
    "@monthly": "every month on the 1st at 00:00", "@yearly": "every year on 1 january at 00:00",
    "@annually": "every year on 1 january at 00:00",
}  # fmt: skip

# What a sentence says around its time: command words in front, politeness behind. Longest first where they nest.
CONNECTORS = frozenset(
    {"at", "on", "in", "of", "the", "by", "around", "about", "from", "to", "for", "and", "this", "approximately",
     "approx", "circa", "exactly", "sharp", "during", "only", "(", "repeats", "repeating", "recurring", "just", "a", "an", "-", ",", "@", "&", "."}
)  # fmt: skip

# Fixed UTC offsets that an abbreviation can only mean, in hours; daylight names included.
ZONE_ABBREVIATIONS = {
    "utc": "UTC", "gmt": "Etc/GMT", "z": "UTC", "cet": "Europe/Berlin", "cest": "Europe/Berlin",
    "mez": "Europe/Berlin", "eet": "Europe/Helsinki", "eest": "Europe/Helsinki", "wet": "Europe/Lisbon",
    "west": "Europe/Lisbon", "msk": "Europe/Moscow", "jst": "Asia/Tokyo", "kst": "Asia/Seoul",
    "hkt": "Asia/Hong_Kong", "sgt": "Asia/Singapore", "aest": "Australia/Sydney", "aedt": "Australia/Sydney",
    "acst": "Australia/Adelaide", "awst": "Australia/Perth", "nzst": "Pacific/Auckland",
    "nzdt": "Pacific/Auckland", "et": "America/New_York", "edt": "-04:00", "est": "-05:00",
    "ct": "America/Chicago", "cdt": "-05:00", "mt": "America/Denver", "mdt": "-06:00", "mst": "-07:00",
    "pt": "America/Los_Angeles", "pdt": "-07:00", "pst": "-08:00", "akst": "-09:00", "akdt": "-08:00",
    "hst": "Pacific/Honolulu", "zulu": "UTC", "brt": "America/Sao_Paulo", "eat": "Africa/Nairobi", "wib": "Asia/Jakarta",
}  # fmt: skip
AMBIGUOUS_ZONES = {
    "ist": ("Asia/Kolkata", "Europe/Dublin", "Asia/Jerusalem"),
    "cst": ("America/Chicago", "Asia/Shanghai", "America/Havana"),
    "bst": ("Europe/London", "Asia/Dhaka"),
    "ast": ("America/Halifax", "Asia/Riyadh"),
    "gst": ("Asia/Dubai", "Atlantic/South_Georgia"),
    "sst": ("Asia/Singapore", "Pacific/Pago_Pago"),
}
# Places people name that are not IANA cities: "tokyo" and the like come from the zone database itself.
PLACES = {
    "eastern": "America/New_York", "central": "America/Chicago", "mountain": "America/Denver",
    "pacific": "America/Los_Angeles", "uk": "Europe/London", "german": "Europe/Berlin", "germany": "Europe/Berlin",
    "india": "Asia/Kolkata", "indian": "Asia/Kolkata", "japan": "Asia/Tokyo", "british": "Europe/London",
    "china": "Asia/Shanghai", "beijing": "Asia/Shanghai", "mumbai": "Asia/Kolkata", "delhi": "Asia/Kolkata",
    "san francisco": "America/Los_Angeles", "seattle": "America/Los_Angeles", "boston": "America/New_York",
    "washington": "America/New_York", "miami": "America/New_York", "munich": "Europe/Berlin",
    "hamburg": "Europe/Berlin", "frankfurt": "Europe/Berlin", "milan": "Europe/Rome", "geneva": "Europe/Zurich",
    "barcelona": "Europe/Madrid", "osaka": "Asia/Tokyo", "houston": "America/Chicago", "dallas": "America/Chicago",
    "austin": "America/Chicago", "atlanta": "America/New_York", "las vegas": "America/Los_Angeles",
    "central european": "Europe/Berlin", "alaska": "America/Anchorage", "hawaii": "Pacific/Honolulu",
    "hawaiian": "Pacific/Honolulu", "arizona": "America/Phoenix", "atlantic": "America/Halifax", "texas": "America/Chicago",
    "california": "America/Los_Angeles", "florida": "America/New_York", "ny": "America/New_York", "nyc": "America/New_York",
    "la": "America/Los_Angeles", "sf": "America/Los_Angeles", "france": "Europe/Paris", "spain": "Europe/Madrid",
    "italy": "Europe/Rome", "england": "Europe/London", "ireland": "Europe/Dublin", "irish": "Europe/Dublin",
    "swiss": "Europe/Zurich", "korea": "Asia/Seoul", "korean": "Asia/Seoul", "thailand": "Asia/Bangkok",
    "philippines": "Asia/Manila", "new zealand": "Pacific/Auckland", "south africa": "Africa/Johannesburg",
    "bangalore": "Asia/Kolkata", "chennai": "Asia/Kolkata", "shenzhen": "Asia/Shanghai", "edinburgh": "Europe/London",
    "manchester": "Europe/London", "cologne": "Europe/Berlin", "kyoto": "Asia/Tokyo", "philadelphia": "America/New_York",
    "portland": "America/Los_Angeles", "san diego": "America/Los_Angeles", "ottawa": "America/Toronto",
    "montreal": "America/Toronto", "rio": "America/Sao_Paulo", "tel aviv": "Asia/Jerusalem", "hanoi": "Asia/Bangkok",
}  # fmt: skip

HOLIDAY_HEADS = frozenset(
    name.split()[0] for table in (NAMED_TIMES_OF_YEAR, EASTER_DAYS, WEEKDAY_HOLIDAYS) for name in table
)
