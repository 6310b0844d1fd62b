"""The words of a request around its time: "can you remind me to", "put ... on my calendar", "set an alarm for"."""

from __future__ import annotations

import re

_WHO = r"(?:me|us|myself)"
_ARTICLE = r"(?:a |an |the |my |our |another |me a |me an |new |this |that |one |two |three |four |\d |some |few |multiple |separate |more |second |third )*"
_KIND = r"(?:repeating |recurring |wake[ -]up |calendar |event |single |one-time |quick |separate )*"
_THING = (
    r"(?:reminder|reminders|alarm|alarms|alert|alerts|notification|notifications|notice|wake[ -]up call|timer|timers|"
    r"countdown|nudge|ping|buzz|shout|heads[ -]up|line)"
)
_ENTRY = r"(?:event|entry|appointment|task|slot|to-?do|calendar event|calendar entry)"
_VERB = (
    r"(?:set up|set|create|add|make|put|schedule|start|give|get|turn on|send|enter|place|program|activate|new|drop|run|"
    r"have|repeat|record|provide|leave|configure|arm)"
)
_LABEL = r"(?: (?:called|named|labell?ed|titled|saying|which says|with the (?:title|label|message)|label it|name it|call it))?"
_CALL = (
    r"(?:remind|remember|alert|notify|ping|warn|nudge|message|text|tell|bug|nag|poke|buzz|prod|prompt|pester|beep)"
    rf" (?:{_WHO}|my)(?= |,|$|\W)"
)
_LEAD = r"(?: (?:to|that|about|of|when it's|for|on|if|it is time to|it's time to))?"

# A request that may stand anywhere: what follows it is the message.
REQUEST = re.compile(
    r"(?<![\w'])(?:"
    + "|".join(
        (
            rf"{_CALL}{_LEAD}",
            rf"(?:reminding|pinging|nudging|alerting|notifying|telling|waking) {_WHO}{_LEAD}",
            rf"(?:giv(?:e|ing)|send(?:ing)?|drop(?:ping)?|get(?:ting)?) (?:{_WHO} )?{_ARTICLE}{_KIND}{_THING}{_LEAD}",
            rf"be reminded{_LEAD}",
            r"(?:don't|do not|dont|never) let (?:me|us) (?:forget|miss)(?: (?:to|that|about))?",
            rf"wake {_WHO}(?: up)?(?: (?:to|for))?",
        )
    )
    + r")(?![\w'])",
    re.IGNORECASE,
)

# What may open a text, in any order and number.
_FRONT = re.compile(
    r"(?:"
    + "|".join(
        (
            r"(?:hey|hi|hello|ok|okay|so|well|yes|yeah|alright|um|olly|siri|alexa|cortana|google|thanks|right|oh|ugh|"
            r"and|also|then)(?=\W+\w)",
            r"(?:look|listen)(?=,)",
            r"(?:please|kindly|pls|just|/(?=remind))",
            r"(?:can|could|would|will|may|might) (?:you|u|we|i)(?: please| possibly| maybe)?",
            r"(?:any chance (?:you|we) (?:could|can)|is it possible to|is there a way to|are you able to|would you mind|mind"
            r"|what about|how about|why don't you|it would be (?:great|nice|good) if you could|i(?:'d| would) appreciate it if you)"
            rf"(?= (?:{_VERB}|get|giving|remind|reminding|be reminded|ping|tell|wake|{_CALL}))",
            r"(?:i want|i need|i'd like|i would like|i wish)(?: (?:you|for you))? to(?= (?:remind|set|create|add|be reminded|schedule|make|alert|wake|notify|tell|ping))",
            r"(?:i want|i need|i'd like|i would like|let me have)(?= (?:a |an |the |my |two |three |\d )*(?:reminder|reminders|alarm|alarms|wake))",
            rf"{_VERB} (?:up |out )?{_ARTICLE}{_KIND}{_THING}(?: (?:notification|alarm|alert))?(?: up)?(?: for me| set)?{_LABEL}"
            r"(?: (?:to|for|about|of|that|on|at)(?! you))?",
            rf"{_ARTICLE}{_KIND}{_THING}(?: up)?(?: for me| set)?{_LABEL}(?: (?:to|for|about|of|that|on))?",
            rf"{_VERB} {_ARTICLE}{_KIND}{_ENTRY}{_LABEL}(?: (?:to|for|about|of|that|on))?",
            rf"(?:new |recurring |repeating )*{_ENTRY}{_LABEL}(?=:)(?: (?:to|for))?",
            r"(?:calendar|note to self|save the date|to[- ]?do|reminder to self)(?= ?:)",
            rf"{_CALL}{_LEAD}",
            rf"(?:reminding|pinging|nudging) {_WHO}{_LEAD}",
            r"(?:be )?(?:reminded|remind)(?: (?:to|that|about|of))?",
            r"(?:don't|do not|dont) (?:let (?:me|us) )?forget(?: (?:to|that|about))?",
            r"(?:make sure|be sure)(?: (?:that )?i| to)?",
            r"(?:wake|get) me up(?: (?:to|for))?",
            r"(?:i|we)(?:'ve)? (?:(?:need|have|want|ought|got|have got) to|must|should)(?= \w)",
            r"(?:schedule|set up|plan|arrange|pencil in|book me in for|block out|block|fit in)(?= )",
            r"(?:label it|name it|call it)(?= )",
            r"add(?= (?:(?! to ).){1,200}$)",
            r"(?:mark(?= as )|repeat(?= |$)|add a meeting(?= [\"'\u201c]))",
            r"(?:have (?:it|the alarm|alarm) go off|go off)",
            r"run(?= every| at| on|$)",
        )
    )
    + r")(?:\b|(?=\W))[\s,:;.!-]*",
    re.IGNORECASE,
)
_ASKED = re.compile(r"\b(?:remind|forget|alert|notify|ping|nudge|sure|wake)\b.* to[\s,]*$", re.IGNORECASE)
_IT_TOO = re.compile(
    r"[,;.]? *(?:and |please |so |then )*(?:put|add|enter|save|note|write|mark) (?:it|this|that)(?: down)?"
    r" (?:on|in|to|into|onto) (?:my|the|our) (?:calendar|diary|schedule|agenda|planner|to-?do list)\b",
    re.IGNORECASE,
)
# "put lunch on my calendar": the words around what is kept.
_CALENDAR = re.compile(
    r"^(?:.*?[,.;] )?(?:put|add|enter|save|write|get|place|note|mark)? ?(?P<what>.*?),? ?(?:and |please )?(?:(?:put|add|enter|save) (?:it|this|that) )?"
    r"(?:on|in|to|into|onto) (?:my|the|our) (?:calendar|diary|schedule|agenda|planner|to-?do list)\b(?P<more>.*)$",
    re.IGNORECASE | re.DOTALL,
)
_HAVE = re.compile(r"^(?:i|we)(?:'ve| have)(?: got)? (?:a |an |my |our )?(?=\w)", re.IGNORECASE)


def command_end(text: str) -> int:
    """Where the command words at the start of `text` end; 0 when there are none."""
    end = 0
    while (match := _FRONT.match(text, end)) and match.end() > end:
        end = match.end()
        if _ASKED.search(match.group()) and not REQUEST.match(text, end):
            break  # what follows "remind me to" is to be done, whatever its verb
    return end


def request(text: str) -> tuple[int, int] | None:
    """The first request ("remind me to") in a text, wherever it stands."""
    match = REQUEST.search(text)
    return match.span() if match else None


def without_calendar(text: str) -> str:
    """ "put lunch on my calendar" -> "lunch"."""
    text = _IT_TOO.sub("", text).strip()
    match = _CALENDAR.match(text)
    if not match or not (match["what"].strip() or match["more"].strip()):
        return text
    return f"{match['what']} {match['more'].lstrip(' ,;:')}".strip()


_NEED = re.compile(r"\b(?:i|we)(?:'ve)? (?:(?:need|have|want|ought|got|have got) to|must|should) (?=\w)", re.IGNORECASE)


def needed(text: str) -> str:
    """ "it's late, but I need to be there" -> "be there"."""
    found = _NEED.search(text)
    return text[found.end() :] if found else text


def without_having(text: str) -> str:
    """ "I have a dentist appointment" -> "dentist appointment", where a request stands behind it."""
    return _HAVE.sub("", text)
