"""What every channel is: the settings of one kind of target, and the code that sends one message to it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, ClassVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict

from alarum.channels.attempt import AttemptResult, Sending
from alarum.channels.fields import Headers, Length, parsed
from alarum.channels.replies import FAILURES, failed, usual
from alarum.channels.secret import Secret, fault_of_secret
from alarum.clock import Clock
from alarum.http.address_guard import EgressPolicy, Resolver, egress_policy, literal
from alarum.http.transport import Reply, Timeouts, Transport
from alarum_nlp import duration
from alarum_store import Store

MOST_SENT = 524_288  # bytes of a body: message, payload and kept state fit twice, each with its own limit


@dataclass(frozen=True, slots=True)
class ChannelContext:
    """What channels share: the clock, the guarded transport, the store, what may be reached everywhere, the usual timeouts, the resolver."""

    clock: Clock
    transport: Transport
    store: Store
    egress: EgressPolicy
    timeouts: Timeouts
    resolver: Resolver


_KEYS = ("secret", "old_secret")  # fields whose secret is a key of Standard Webhooks


def _reachable(entries: tuple[str, ...]) -> tuple[str, ...]:
    egress_policy(entries)
    return entries


class Target(BaseModel):
    """A target of the settings: what stands under `[targets.NAME]`. One subclass per channel.

    `reach` are names and networks that this target may reach though they are not public. `serial` targets take one run at
    a time, whoever sends it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    serial: ClassVar[bool] = False
    timeout: Length | None = None
    reach: Annotated[tuple[str, ...], AfterValidator(_reachable)] = ()

    @property
    def own(self) -> bool:
        """Whether it is the user's own code, in this process."""
        return False

    def where(self, rest: str = "") -> str:
        """Where it leads when it is asked for `rest`, for people; without anything secret."""
        raise NotImplementedError

    def check(self, rest: str) -> None:
        """Raises ValueError where a task asks the target for something that it does not have."""
        if rest:
            raise ValueError(f"it takes nothing behind a slash, and got '{rest}'")

    def missing(self) -> str | None:
        """What is not set up, so that this process cannot send to it. A key that was replaced may be taken away."""
        for name in type(self).model_fields:
            value = getattr(self, name)
            for one in value.values() if isinstance(value, dict) else (value,):
                if isinstance(one, Secret) and (
                    why := fault_of_secret(one, key=name in _KEYS, needed=name != "old_secret")
                ):
                    return why
        return None

    def seconds(self, context: ChannelContext) -> float:
        """How long one attempt may take in all."""
        return _seconds(self.timeout, context.timeouts.whole)

    async def send(self, sending: Sending, context: ChannelContext) -> AttemptResult:
        """One attempt. What a receiver or the network does is the answer, not an exception."""
        raise NotImplementedError


@dataclass(slots=True)
class Post:
    """One POST: headers as they are sent, their names in lower case, and a body."""

    url: str
    body: bytes
    headers: Headers


class HttpTarget(Target):
    """A target that is one POST with JSON: a channel says which, and what the reply means where that is not the usual."""

    listens: ClassVar[bool] = False  # whether what it answers has a say
    first_byte: Length | None = None
    connect: Length | None = None

    def named(self) -> str:
        """The URL as the operator wrote it: what it names may be reached."""
        return str(getattr(self, "url", None) or getattr(self, "base_url", ""))

    def post(self, sending: Sending) -> Post:
        raise NotImplementedError

    def understood(self, reply: Reply, sending: Sending, answer: AttemptResult) -> AttemptResult:
        """The answer as this channel means it; `answer` is what the status says."""
        return answer

    async def send(self, sending: Sending, context: ChannelContext) -> AttemptResult:
        try:
            reply = await self.reply(self.post(sending), context)
            return self.understood(reply, sending, usual(reply, sending.now, context.clock.now(), self.listens))
        except FAILURES as why:
            return failed(sending.now, context.clock.now(), why)

    async def reply(self, post: Post, context: ChannelContext) -> Reply:
        """One exchange. Raises what `Transport.exchange` raises, NotAllowed, Missing, ValueError."""
        if len(post.body) > MOST_SENT:
            raise ValueError(f"the body has {len(post.body)} bytes, more than {MOST_SENT}")
        where = parsed(post.url)
        headers = [(b"host", where.host), (b"content-length", b"%d" % len(post.body)), *post.headers]
        return await context.transport.exchange(
            where.origin, "POST", where.path, headers, post.body, target_egress(context.egress, self.reach, self.named()), self._times(context)
        )  # fmt: skip

    def _times(self, context: ChannelContext) -> Timeouts:
        usual = context.timeouts
        if self.timeout is None and self.first_byte is None and self.connect is None:
            return usual
        whole = self.seconds(context)
        first = usual.first_byte if self.timeout is None else whole  # who takes longer answers later too
        return Timeouts(_seconds(self.connect, usual.connect), _seconds(self.first_byte, first), whole)


@lru_cache(maxsize=1024)
def target_egress(common: EgressPolicy, entries: tuple[str, ...], url: str) -> EgressPolicy:
    """What a target may reach: what is named for all, for it, and an address or port that its own URL names."""
    if not url:
        return common.beside(egress_policy(entries))
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    named = [host] if literal(host) or host == "localhost" else []
    return common.beside(egress_policy([*entries, *named])).beside(EgressPolicy(ports=frozenset({port})))


def _seconds(text: str | None, usual: float) -> float:
    return usual if text is None else duration(text).total_seconds()
