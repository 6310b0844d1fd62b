"""Kinds of values in the settings of targets, and small pieces of requests."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any
from urllib.parse import quote, urlsplit

import httpx2
from pydantic import AfterValidator

from alarum.channels.secret import Secret
from alarum.http.transport import Origin, origin_of
from alarum_nlp import duration

Headers = list[tuple[bytes, bytes]]
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _length(text: str) -> str:
    duration(text)
    return text


Length = Annotated[str, AfterValidator(_length)]


def http_url(text: str) -> str:
    """A checked URL of a target. Raises ValueError."""
    parts = urlsplit(text)
    if parts.username or parts.password:
        raise ValueError("must have no user and password in it; give them as a token of the target")
    if parts.scheme not in ("http", "https") or not parts.hostname or "{" in parts.netloc:
        raise ValueError(
            f"must be an http or https URL with a host that is fixed, not '{text}'; for example https://example.com/hook"
        )
    _ = parts.port
    return text


Url = Annotated[str, AfterValidator(http_url)]


@dataclass(frozen=True, slots=True)
class Where:
    """A URL in the parts that a request needs."""

    origin: Origin
    path: bytes
    host: bytes


@lru_cache(maxsize=1024)
def parsed(url: str) -> Where:
    """Raises httpx2.InvalidURL."""
    found = httpx2.URL(url)
    return Where(origin_of(found), found.raw_path, found.netloc)


def encoded(body: Any) -> bytes:
    """JSON as it is sent and signed."""
    return _encode(body).encode()


def header_lines(**headers: str) -> Headers:
    """Headers by their names, with "_" for "-"."""
    return [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]


def json_headers(**more: str) -> Headers:
    """Those of a request with JSON that wants JSON."""
    return header_lines(user_agent="alarum", content_type="application/json", accept="application/json", **more)


def bearer(token: Secret | None) -> Headers:
    return [] if token is None else header_lines(authorization=f"Bearer {token.reveal()}")


def segment(text: str) -> str:
    """A text as one segment of a path. Raises ValueError for one that would lead to another (RFC 3986, 5.2.4)."""
    if text in ("", ".", ".."):
        raise ValueError(f"'{text}' cannot stand in a path")
    return quote(text, safe="")


def public(url: str) -> str:
    """A URL as it may be shown: without user, query and fragment, which may be secret."""
    bare = url.split("?")[0].split("#")[0]
    scheme, mark, rest = bare.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{mark}{host.rpartition('@')[2]}{slash}{path}" if mark else bare
