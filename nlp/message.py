"""What is left when the time words are taken out: command words in front and politeness behind go too."""

from __future__ import annotations

import re

_ARTICLE = r"(?:a |an |the |my |another |me a |me an |new |this |that )*"
_THING = (
    r"(?:(?:repeating |recurring |wake up |calendar |event |single )*"
    r"(?:reminder|reminders|alarm|alarms|alert|notification|notice|wake up call|timer|task|entry)(?: notification| alarm| alert)?)"
)
_VERB = r"(?:set up|set|create|add|make|put|schedule|start|give|turn on|send|enter|place|program|activate|new)"
_FRONT = re.compile(
    r"(?:"
    + "|".join(
        (
            r"(?:hey|hi|hello|ok|okay|so|well|yes|yeah|alright|um|olly|siri|alexa|cortana|google|thanks)(?=\W+\w)",
            r"(?:please|kindly|pls|just)",
            r"(?:can|could|would|will|may) (?:you|u|we|i)(?: please)?",
            r"(?:i want|i need|i'd like|i would like|i wish)(?: (?:you|for you))? to(?= (?:remind|set|create|add|be|schedule|make|alert|wake|notify|tell|ping))",
            r"(?:i need|i want|i'd like|i would like|let me have)(?= (?:a |an |the |my )?(?:reminder|alarm|wake))",
            rf"(?:{_VERB} )?{_ARTICLE}{_THING}(?: up)?(?: for me)?(?: (?:to|for|about|of|that|on|called|named|saying|which says))?",
            r"(?:remind|remember|alert|notify|ping|warn|nudge|message|text|tell) (?:me|us)(?: (?:to|that|about|of|when it's|for))?",
            r"(?:be )?(?:reminded|remind)(?: (?:to|that|about|of))?",
            r"(?:don't|do not|dont) (?:let me )?forget(?: (?:to|that|about))?",
            r"(?:make sure|be sure)(?: (?:that )?i| to)?",
            r"(?:wake|get) me up(?: (?:to|for))?",
            r"(?:schedule|set up|plan)(?= )",
            r"(?:have (?:it|the alarm|alarm) go off|go off)",
            r"run(?= every| at| on|$)",
        )
    )
    + r")(?:\b|(?=\W))[\s,:;.!-]*",
    re.IGNORECASE,
)
_BACK = re.compile(r"[\s,;:.!?-]+(?:please|thanks|thank you|for me|as well|ok|okay)?[\s,;:.!?]*$", re.IGNORECASE)
_LOOSE = frozenset(
    {
        "at",
        "on",
        "in",
        "for",
        "by",
        "and",
        "to",
        "the",
        "from",
        "of",
        "that",
        "about",
        "around",
        "every",
        "is",
        "a",
        "an",
        "until",
        "this",
        "@",
        "starting",
        "beginning",
        "or",
        "with",
        "",
    }
)
_FRONT_LOOSE = frozenset({"and", "to", "that", "for", "about", "of", "then", "by", "on", "at", "in", "or", ""})


def command_end(text: str) -> int:
    """Where the command words at the start of `text` end; 0 when there are none."""
    end = 0
    while (match := _FRONT.match(text, end)) and match.end() > end:
        end = match.end()
    return end


def tidy(text: str, spans: list[tuple[int, int]]) -> str:
    """The message of a sentence without its time words and command words."""
    pieces, last = [], 0
    for start, end in spans:
        pieces.append(text[last:start])
        last = end
    pieces.append(text[last:])
    kept = [p for piece in pieces if (p := _trim_piece(piece))]
    message = " ".join(kept)
    waking = re.search(r"\bwake me\b|\bget me up\b", message, re.IGNORECASE)
    message = message[command_end(message) :]
    message = _strip(message)
    again = command_end(message)
    message = _strip(message[again:])
    return message or ("wake up" if waking else "")


def _trim_piece(piece: str) -> str:
    """A piece between two groups of time words, without the small words that led to them."""
    return _strip_back(piece.strip())


def _strip_back(text: str) -> str:
    while True:
        text = text.rstrip(" ,;:-(@")
        head, _, tail = text.rpartition(" ")
        if tail.lower() in _LOOSE and tail:
            text = head
        else:
            return text


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
    trimmed = _BACK.sub("", text)
    text = trimmed if trimmed or not text.strip(" .,!?") else text
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        text = text[1:-1]
    return "" if not text.strip(" .,!?'\"()") else " ".join(text.split())
