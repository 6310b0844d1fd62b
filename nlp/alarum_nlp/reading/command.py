"""The words of a request around its time: "can you remind me to", "put ... on my calendar", "set an alarm for"."""

from __future__ import annotations

import re
from functools import lru_cache

_WHO = r"(?:me|us|myself)"
_ARTICLE = r"(?:a |an |the |my |our |another |me a |me an |new |this |that |one |two |three |four |\d |some |few |multiple |separate |more |second |third )*"
_KIND = r"(?:repeating |recurring |wake[ -]up |calendar |event |single |one-time |quick |separate )*"
_THING = (
    r"(?:reminder|reminders|alarm|alarms|alert|alerts|notification|notifications|notice|wake[ -]up call|timer|timers|"
    r"countdown|nudge|ping|buzz|shout|heads[ -]up|line)"
)
_ENTRY = r"(?:event|entry|task|slot|to-?do|calendar event|calendar entry)"
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
            r"(?:don't|do not|dont) let (?:me|us) (?:over)?sleep(?: past)?",
            r"let me know(?: that| about| when(?: it's| it is)?)?",
            r"have (?:an |the |my )?(?:alarm|reminder) (?:go off|sound|ring)",
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
            rf"i need {_ARTICLE}{_KIND}{_THING}{_LABEL}(?: (?:to|for|about|of|that|on|at))?",
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
            r"(?:i )?must not forget to",
            r"(?:i|we)(?:'ve)? (?:(?:need|have|want|ought|got|have got) to|must|should)(?= \w)",
            rf"{_VERB} {_ARTICLE}{_KIND}(?:meeting|appointment|call|session) (?:called|named|titled|labell?ed)",
            r"add a meeting(?= [\"'\u201c])",
            rf"{_VERB} {_ARTICLE}{_KIND}appointments?(?= (?:for|to)\b)",
            r"mark my (?:calendar|diary)(?: for)?",
            r"calendar,? add|note to self|remember to|jog my memory(?: about| to| that)?",
            r"let me know(?= (?:that|about|to|at|on|in)\b)(?: that| about| to)?",
            r"it would be (?:great|nice|good|helpful) if you remind(?:ed)? me(?: to| that| about)?",
            r"have (?:a|an|the) (?:reminder|alarm|alert|notification)(?= pop up| go off| sound)",
            r"(?:pop up|sound)(?: saying)?",
            r"(?:schedule|set up|plan|arrange|pencil in|book me in for|block out|block off|block|fit in|organi[sz]e|insert"
            r"|jot down|note down|reserve)(?: me)?(?: an?)?(?= )",
            r"(?:add|create|set|put|make) (?:an? )(?=\w+ )(?!to\b)",
            r"(?:label it|name it|call it)(?= )",
            r"add(?: an?)?(?= (?:(?! to ).){1,200}$)",
            r"(?:mark(?= as )|repeat(?= |$))",
            r"(?:have (?:it|the alarm|alarm) go off|go off)",
            r"run(?= every| at| on|$)",
        )
    )
    + r")(?:\b|(?=\W))[\s,:;.!-]*",
    re.IGNORECASE,
)
_ASKED = re.compile(r"\b(?:remind|forget|alert|notify|ping|nudge|sure|wake)\b.* to[\s,]*$", re.IGNORECASE)
_LABELLED = re.compile(r"\b(?:called|named|titled|labell?ed|saying)[\s:]*$", re.IGNORECASE)
_IT_TOO = re.compile(
    r"[,;.]? *(?:and |please |so |then )*(?:put|add|enter|save|note|write|mark) (?:it|this|that)(?: down)?"
    r" (?:on|in|to|into|onto) (?:my|the|our) (?:calendar|diary|schedule|agenda|planner|to-?do list)\b",
    re.IGNORECASE,
)
# "put lunch on my calendar": the words around what is kept.
_CALENDAR = re.compile(
    r"^(?:.*?[,.;] )?(?:put|add|enter|save|write|get|place|note|mark|i'd like|i would like|i want|i need)? ?(?P<what>.*?),? ?(?:and |please )?(?:(?:put|add|enter|save) (?:it|this|that) )?"
    r"(?:on|in|to|into|onto) (?:my|the|our) (?:family |work |shared |office )?(?:calendar|diary|schedule|agenda|planner|to-?do list)\b(?P<more>.*)$",
    re.IGNORECASE | re.DOTALL,
)
_PLACES = re.compile(
    r"(?:on|in|to|into|onto) (?:my|the|our) (?:family |work |shared |office )?(?:calendar|diary|schedule|agenda|planner|to-?do list)\b",
    re.IGNORECASE,
)
_ADDS = re.compile(r"\b(?:add|set|create|make|put|schedule|enter|save|note|write|mark) ", re.IGNORECASE)
_HAVE = re.compile(r"^(?:i|we)(?:'ve| have)(?: got)? (?:a |an |my |our )?(?=\w)", re.IGNORECASE)


@lru_cache(maxsize=256)
def command_end(text: str) -> int:
    """Where the command words at the start of `text` end; 0 when there are none."""
    end = 0
    while (match := _FRONT.match(text, end)) and match.end() > end:
        end = match.end()
        if _LABELLED.search(match.group()):
            break
        if _ASKED.search(match.group()) and not REQUEST.match(text, end):
            break  # what follows "remind me to" is to be done, whatever its verb
    return end


def asked(text: str) -> bool:
    """Whether command words end in a "to" that leads to what is to be done."""
    return bool(_ASKED.search(text))


@lru_cache(maxsize=256)
def request(text: str) -> tuple[int, int] | None:
    """The first request ("remind me to") in a text, wherever it stands."""
    match = REQUEST.search(text)
    return match.span() if match else None


def without_calendar(text: str) -> str:
    """ "put lunch on my calendar" -> "lunch"."""
    places = list(_PLACES.finditer(text))
    if not places:
        return text
    end = places[-1].end()  # behind the last one every try would fail, and there are as many as there are marks
    match = _CALENDAR.match(text, 0, end)
    if not match or not (match["what"].strip() or (match["more"] + text[end:]).strip()):
        return text
    more = (match["more"] + text[end:]).lstrip(" ,;:")
    return f"{match['what']} {more}".strip()


_TAIL = re.compile(
    r"[,;.]? *(?:(?:and|please|so|then) )*(?:add it|(?:add|set|create|make|put|schedule) (?:an?|the) (?:reminder|alarm|alert|notification))"
    r"(?: for (?:it|that|me))?[\s.!]*$",
    re.IGNORECASE,
)


def without_tail(text: str) -> str:
    """ "we have a review, add a reminder" -> "review"; what was put into words twice is kept once."""
    if not _ADDS.search(text):
        return text
    shorter = _IT_TOO.sub("", text)
    shorter = _TAIL.sub("", shorter).strip(" ,;.")
    return without_having(needed(shorter)) if shorter and shorter != text.strip(" ,;.") else text


_NEED = re.compile(r"\b(?:i|we)(?:'ve)? (?:(?:need|have|want|ought|got|have got) to|must|should) (?=\w)", re.IGNORECASE)


def needed(text: str) -> str:
    """ "it's late, but I need to be there" -> "be there"."""
    found = _NEED.search(text)
    return text[found.end() :] if found else text


_FILLERS = r"^(?:(?:hey|hi|hello|ok|okay|so|please|and|um|siri|alexa|google|olly|well)\W+)*"
_QUESTION = re.compile(
    _FILLERS
    + r"(?:(?:what|which|who|whose|where|why|how|when|whom)(?:'s|'re)?\b|(?:is|are|was|were|am|does|did|has) (?!it possible|there a way|you able)"
    r"|do (?:i|we|you|they) |have (?:i|you|we) |(?:show|list|display|read|tell|give)(?: me)?(?: a list of)? (?:all )?(?:of )?(?:my|all|the|our|any) "
    r"(?:\w+ ){0,2}(?:alarms?|reminders?|calendar|schedule|appointments?|events?|meetings?|agenda|timers?)\b)",
    re.IGNORECASE,
)
_REMOVAL = re.compile(
    _FILLERS
    + r"(?:(?:can|could|would|will) you (?:please )?)?(?:cancel|delete|remove|clear|erase|turn off|switch off|shut off|disable|stop|get rid of"
    r"|dismiss|unset|silence|mute|deactivate) .{0,60}?\b(?:alarms?|reminders?|timers?|notifications?|events?|appointments?|calendar|schedule|reminding|alerts?)\b",
    re.IGNORECASE,
)
_TELL = re.compile(
    _FILLERS + r"tell me (?:an? (?:joke|story|fact|riddle)|what|how|who|where|why|about) ?", re.IGNORECASE
)
_CHATTER = re.compile(
    _FILLERS
    + r"(?:(?:i|we) (?:hate|love|like|liked|miss|missed|enjoy|think|guess|was|were|had|saw|went|used to|wonder|heard|watched) "
    r"|(?:he|she|they|you) (?:is|was|are|were|has|had|will|said|went|did) |there (?:is|was|are|were) |good (?:night|morning|evening|afternoon)\b.*\bsee you"
    r"|see you |(?:play|sing) (?:mon|tues|wednes|thurs|fri|satur|sun)day )",
    re.IGNORECASE,
)


def no_request(text: str) -> str:
    """Why a text asks for nothing to be scheduled: a question, a removal, talk; "" when it may ask for something."""
    if _TELL.match(text):
        return "it asks for something to be told now"
    if _REMOVAL.match(text):
        return "it asks to remove something (that is cancel), not to schedule it"
    if request(text):
        return ""
    if _QUESTION.match(text):
        return "it is a question (that is query), and nothing to schedule"
    return "it tells something, and asks for no reminder" if _CHATTER.match(text) else ""


def without_having(text: str) -> str:
    """ "I have a dentist appointment" -> "dentist appointment", where a request stands behind it."""
    return _HAVE.sub("", text)
