"""How a task is delivered when something goes wrong: retries, rate, misfire, overlap, priority. Validated, with defaults."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.functional_validators import AfterValidator, BeforeValidator

from alarum.errors import Refused
from alarum_nlp import duration
from alarum_store import Rate


def _length(text: str) -> str:
    duration(text)
    return text


Length = Annotated[str, AfterValidator(_length)]


class Policies(BaseModel):
    """What a task may set for itself; what it omits comes from the settings, also when these change later."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_attempts: int | None = Field(None, ge=1, le=100, description="Tries to deliver a run in all; 12.")
    delay: Length | None = Field(None, description="Wait before the second try, e.g. '5s'.")
    backoff: Literal["fixed", "linear", "exponential"] | None = Field(
        None, description="How the wait grows: not, by `delay` each time, or doubled each time (default)."
    )
    max_delay: Length | None = Field(None, description="The longest wait between tries, e.g. '2h'.")
    jitter: float | None = Field(None, ge=0, le=1, description="Part of each wait by which it may be longer; 0.1.")
    max_duration: Length | None = Field(
        None, description="No try starts later than this after the run rang, e.g. '1d'."
    )
    rate_limit: int | None = Field(None, ge=1, le=100_000, description="Runs at most per `rate_interval`.")
    rate_interval: Length | None = Field(None, description="e.g. '1h'.")
    rate_window: Literal["sliding", "fixed"] | None = Field(
        None, description="Any such interval (default), or by the clock."
    )
    misfire: Literal["all", "once", "skip"] | None = Field(
        None, description="What was missed while nothing ran: ring all, once for all (default), or none."
    )
    misfire_grace: Length | None = Field(None, description="How late an occurrence is not missed yet, e.g. '1m'.")
    overlap: Literal["allow", "skip", "queue"] | None = Field(
        None, description="When the run before is still being delivered: send too (default), drop, or wait for it."
    )


DEFAULTS = Policies(
    max_attempts=12, delay="5s", backoff="exponential", max_delay="2h", jitter=0.1, rate_window="sliding",
    misfire="once", misfire_grace="1m", overlap="allow", max_duration=None, rate_limit=None, rate_interval=None,
)  # fmt: skip


def policies(values: dict[str, Any]) -> Policies:
    """Check policies of a call or of the settings. Raises ValueError saying what would be right."""
    try:
        checked = Policies.model_validate(values)
    except ValidationError as why:
        first = why.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            raise ValueError(f"there is no policy '{name}'; there are {', '.join(Policies.model_fields)}") from None
        raise ValueError(f"the policy {name} cannot be {first['input']!r}: {_plain(first['msg'])}") from None
    if (checked.rate_limit is None) != (checked.rate_interval is None):
        raise ValueError("a rate needs both rate_limit and rate_interval, for example rate_limit=3, rate_interval='1h'")
    return checked


def _plain(message: str) -> str:
    return message.removeprefix("Value error, ").removeprefix("Input ")


def policies_from_words(text: str) -> dict[str, Any]:
    """ "max_attempts=3, delay=10s" as values. Raises ValueError."""
    values: dict[str, Any] = {}
    for part in filter(None, (p.strip() for p in text.replace("\n", ",").split(","))):
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals or not value:
            raise ValueError(f"'{part}' is not a policy; write name=value, for example max_attempts=3")
        values[name] = value
    return values


def policies_as_text(value: Any) -> Any:
    """Policies as the text that `from_text` reads; an object is what some clients make of it."""
    return ", ".join(f"{name}={one}" for name, one in value.items()) if isinstance(value, dict) else value


PoliciesText = Annotated[str | None, BeforeValidator(policies_as_text)]


def policies_from_text(text: str | None) -> dict[str, Any] | None:
    """The policies of a call, checked; None when it sets none. Raises Refused."""
    try:
        values = policies_from_words(text or "")
        return policies(values).model_dump(exclude_none=True) if values else None
    except ValueError as why:
        raise Refused(f"{why}") from None


class Effective:
    """The policies of one task over the defaults of the settings, as values to compute with."""

    def __init__(self, chosen: Policies) -> None:
        self.max_attempts = chosen.max_attempts or 1
        self.backoff = chosen.backoff
        self.jitter = chosen.jitter or 0.0
        self.delay = duration(chosen.delay or "5s")
        self.max_delay = duration(chosen.max_delay) if chosen.max_delay else None
        self.max_duration = duration(chosen.max_duration) if chosen.max_duration else None
        self.misfire = chosen.misfire or "once"
        self.grace = duration(chosen.misfire_grace or "1m")
        self.overlap = chosen.overlap or "allow"
        self.rate = (
            Rate(chosen.rate_limit, duration(chosen.rate_interval), chosen.rate_window != "fixed")
            if chosen.rate_limit and chosen.rate_interval
            else None
        )

    def retry(
        self, run_id: str, tries: int, rung: datetime, now: datetime, asked: timedelta, *, exactly: bool = False
    ) -> datetime | None:
        """When to try again after `tries` failed tries, or None when the run is exhausted.

        `asked` is what the receiver asked to wait at least; with `exactly` it alone counts. The jitter comes from the id of the run, so that it is the same
        whoever computes it and spreads the retries of a burst.
        """
        if tries >= self.max_attempts:
            return None
        try:
            growth = {"fixed": 1, "linear": tries}.get(self.backoff or "")
            wait = self.delay * (2 ** (tries - 1) if growth is None else growth)
        except OverflowError:
            wait = timedelta.max
        if self.max_delay is not None:
            wait = min(wait, self.max_delay)
        spread = int.from_bytes(hashlib.sha256(f"{run_id}/{tries}".encode()).digest()[:4], "big") / 2**32
        own = min(wait, _LONGEST) * (1 + self.jitter * spread)
        at: datetime = now + (asked if exactly else max(own, asked))
        if self.max_duration is not None and at > rung + self.max_duration:
            return None
        return at


_LONGEST = timedelta(days=30)


@lru_cache(maxsize=1024)
def _effective(defaults: Policies, own: str) -> Effective:
    chosen = Policies.model_validate_json(own) if own else None
    over = chosen.model_dump(exclude_none=True) if chosen else {}
    return Effective(defaults.model_copy(update=over))


def effective(defaults: Policies, own: dict[str, Any] | None) -> Effective:
    """The policies of a task, whose own ones are as the store keeps them. Raises ValueError for damaged ones."""
    return _effective(defaults, json.dumps(own) if own else "")
