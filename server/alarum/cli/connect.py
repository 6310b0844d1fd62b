"""`alarum connect CLIENT`: the configuration that connects an MCP client, printed or written into the client's own file."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from alarum.cli.launch_command import command, settings_set, write

_GOES_ALONG = (
    "ALARUM_DB",
    "ALARUM_CONFIG",
    "ALARUM_ZONE",
    "ALARUM_NAMESPACE",
)  # clients start servers with little of their environment


@dataclass(frozen=True, slots=True)
class Connection:
    """How a client reaches Alarum: a server that it starts itself, or the one at `url`."""

    url: str | None
    token: str | None
    given: Mapping[str, str] = field(default_factory=dict)  # settings of the call, over those of the environment

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    @property
    def env(self) -> dict[str, str]:
        return settings_set({**os.environ, **self.given}, _GOES_ALONG)

    def entry(self, *, typed: bool = False, url: str = "url") -> dict[str, Any]:
        """The usual shape: command, args, env; or a URL with headers."""
        if self.url:
            return {
                **({"type": "http"} if typed else {}),
                url: self.url,
                **({"headers": self.headers} if self.token else {}),
            }
        first, *rest = command()
        return {
            **({"type": "stdio"} if typed else {}),
            "command": first,
            "args": rest,
            **({"env": self.env} if self.env else {}),
        }


@dataclass(frozen=True, slots=True)
class ClientFile:
    """Where a client keeps its servers: a JSON file, the key of its servers, and the entry for one."""

    place: Callable[[], Path]
    key: str
    entry: Callable[[Connection], dict[str, Any]]


def _desktop() -> Path:
    if sys.platform == "darwin":
        return Path.home() / "Library/Application Support/Claude/claude_desktop_config.json"
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA", str(Path.home()))) / "Claude/claude_desktop_config.json"
    return Path.home() / ".config/Claude/claude_desktop_config.json"


def _opencode(door: Connection) -> dict[str, Any]:
    if door.url:
        return {"type": "remote", "url": door.url, "enabled": True, **({"headers": door.headers} if door.token else {})}
    return {"type": "local", "command": command(), "enabled": True, **({"environment": door.env} if door.env else {})}


_KEPT = {
    "claude-desktop": ClientFile(_desktop, "mcpServers", lambda door: door.entry()),
    "cursor": ClientFile(lambda: Path.home() / ".cursor/mcp.json", "mcpServers", lambda door: door.entry()),
    "vscode": ClientFile(lambda: Path.cwd() / ".vscode/mcp.json", "servers", lambda door: door.entry(typed=True)),
    "gemini": ClientFile(
        lambda: Path.home() / ".gemini/settings.json", "mcpServers", lambda door: door.entry(url="httpUrl")
    ),
    "opencode": ClientFile(lambda: Path.home() / ".config/opencode/opencode.json", "mcp", _opencode),
}


def configurations() -> list[tuple[str, Path]]:
    """The clients that Alarum can be written into, each with the file that has it."""
    claude, codex = (
        Path.home() / ".claude.json",
        Path(os.environ.get("CODEX_HOME") or Path.home() / ".codex") / "config.toml",
    )
    return [("claude-code", claude), ("codex", codex), *((name, kept.place()) for name, kept in _KEPT.items())]


def connect(client: str, url: str | None, token: str | None, written: bool, given: Mapping[str, str]) -> int:
    """Print or write the configuration. 0 when that is done, 1 when the client's file cannot be used."""
    if url and not url.startswith(("http://", "https://")):
        print(f"alarum: '{url}' is not an http URL; for example http://127.0.0.1:8765/mcp", file=sys.stderr)
        return 1
    door = Connection(url, token, given)
    if client == "claude-code":
        return _claude_code(door, written)
    if client == "codex":
        return _codex(door, written)
    if client == "claude-desktop" and url:
        print(
            "alarum: Claude Desktop starts its servers itself; omit --http (both use the same database)",
            file=sys.stderr,
        )
        return 1
    kept = _KEPT[client]
    place, entry = kept.place(), kept.entry(door)
    if not written:
        print(f"# into {place}\n" + json.dumps({kept.key: {"alarum": entry}}, indent=2))
        return 0
    try:
        known = json.loads(place.read_text() or "{}") if place.exists() else {}
        if not isinstance(known, dict) or not isinstance(known.setdefault(kept.key, {}), dict):
            raise ValueError(f"'{kept.key}' is not an object")
    except (OSError, ValueError) as why:
        print(
            f"alarum: {place} cannot be read ({why}) and was left as it is; put this into it by hand:", file=sys.stderr
        )
        print(json.dumps({kept.key: {"alarum": entry}}, indent=2))
        return 1
    known[kept.key]["alarum"] = entry
    write(place, json.dumps(known, indent=2, ensure_ascii=False) + "\n")
    print(f"wrote {place}; restart the client, then ask it what reminders there are")
    return 0


def _claude_code(door: Connection, written: bool) -> int:
    words = [
        "claude",
        "mcp",
        "add",
        "--scope",
        "user",
        "alarum",
    ]  # the name first: --env and --header take all that follows
    if door.url:
        words += [door.url, "--transport", "http"]
        words += [part for name, value in door.headers.items() for part in ("--header", f"{name}: {value}")]
    else:
        words += [part for name, value in door.env.items() for part in ("--env", f"{name}={value}")]
        words += ["--", *command()]
    if not written:
        print(shlex.join(words))
        return 0
    if shutil.which("claude") is None:
        print(f"alarum: claude is not on the PATH; where it is, run: {shlex.join(words)}", file=sys.stderr)
        return 1
    return subprocess.run(words, check=False).returncode


def _codex(door: Connection, written: bool) -> int:
    place = Path(os.environ.get("CODEX_HOME") or Path.home() / ".codex") / "config.toml"
    lines = ["[mcp_servers.alarum]"]
    if door.url:
        lines.append(f"url = {json.dumps(door.url)}")
        lines += ['bearer_token_env_var = "ALARUM_TOKEN"'] if door.token else []
    else:
        first, *rest = command()
        lines += [f"command = {json.dumps(first)}", f"args = {json.dumps(rest)}"]
        if door.env:
            lines.append(
                "env = { " + ", ".join(f"{name} = {json.dumps(value)}" for name, value in door.env.items()) + " }"
            )
    text = "\n".join(lines) + "\n"
    if not written:
        print(f"# into {place}\n{text}", end="")
        return 0
    try:
        known = place.read_text() if place.exists() else ""
        there = "alarum" in tomllib.loads(known).get("mcp_servers", {})
    except (OSError, ValueError) as why:
        print(
            f"alarum: {place} cannot be read ({why}) and was left as it is; put this into it by hand:\n{text}",
            file=sys.stderr,
        )
        return 1
    if there and text.strip() in known:
        print(f"{place} has it already")
        return 0
    if there:
        print(
            f"alarum: {place} has [mcp_servers.alarum] already and was left as it is; to change it, put this in its place:\n{text}",
            file=sys.stderr,
        )
        return 1
    write(place, f"{known.rstrip()}\n\n{text}" if known.strip() else text)
    print(f"wrote {place}; restart the client, then ask it what reminders there are")
    return 0
