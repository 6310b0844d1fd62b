"""Each client as its user would set it up (`alarum connect CLIENT --write`), run once with a request."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

from evals.clients.model import Model, Script

ROOT = Path(__file__).parents[2]
BIN = Path(__file__).parent / "node_modules" / ".bin"
REQUEST = "remind me to stretch"
_PATIENCE = 120.0  # seconds until a client is given up

_OWN = ("ALARUM_", "ANTHROPIC", "CLAUDE", "OPENAI", "CODEX", "GEMINI", "GOOGLE")


def environment(home: Path, zone: str = "Europe/Berlin") -> dict[str, str]:
    """A home and a database of its own, and no settings or keys of the user's."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(_OWN)}
    return {
        **kept, "HOME": str(home), "PATH": f"{BIN}:{ROOT}:{kept['PATH']}", "ALARUM_DB": str(home / "alarum.db"), "ALARUM_ZONE": zone,
        "DISABLE_AUTOUPDATER": "1", "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1", "IS_SANDBOX": "1",
    }  # fmt: skip


def connect(client: str, env: dict[str, str]) -> None:
    """`alarum connect CLIENT --write`, in the folder where the client will run."""
    command = [str(ROOT / "alarum"), "connect", client, "--write"]
    subprocess.run(command, env=env, cwd=env["HOME"], check=True, capture_output=True, text=True)


def claude(home: Path, seconds: int = 10) -> Model:
    """Claude Code schedules, looks, follows `alarum watch` with its monitor, is woken, and acknowledges."""
    env = environment(home)
    connect("claude-code", env)
    with Model(Script(f"{REQUEST} in {seconds} seconds", "alarum watch --backlog --name agent")) as model:
        env |= {"ANTHROPIC_BASE_URL": f"http://127.0.0.1:{model.port}", "ANTHROPIC_API_KEY": "dummy"}
        allowed = "mcp__alarum__schedule mcp__alarum__query mcp__alarum__inbox Monitor ToolSearch"
        command = ["claude", "-p", "--input-format", "stream-json", "--output-format", "stream-json", "--verbose",
                   "--allowedTools", allowed, "--permission-mode", "bypassPermissions"]  # fmt: skip
        process = subprocess.Popen(
            command, env=env, cwd=home, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
        )  # fmt: skip
        late = threading.Timer(_PATIENCE, lambda: os.killpg(process.pid, 9))
        late.start()
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            asked = {"type": "user", "message": {"role": "user", "content": model.script.when}}
            process.stdin.write(json.dumps(asked) + "\n")
            process.stdin.flush()
            for line in process.stdout:
                if '"type":"result"' in line and "You were reminded." in line:
                    break
        finally:
            late.cancel()
            os.killpg(process.pid, 9)  # its monitor is a process of its own
            process.communicate()
    return model


def codex(home: Path) -> Model:
    """Codex lists the tools and calls two of them."""
    env = environment(home)
    connect("codex", env)
    with Model(Script(f"{REQUEST} tomorrow at 9")) as model:
        config = home / ".codex" / "config.toml"
        provider = f"""model = "gpt-5"
model_provider = "scripted"
approval_policy = "never"
sandbox_mode = "danger-full-access"
[model_providers.scripted]
name = "scripted"
base_url = "http://127.0.0.1:{model.port}/v1"
wire_api = "responses"

"""
        waits = "required = true\nstartup_timeout_sec = 60\n"  # else its first turn may come before the server is up
        config.write_text(provider + config.read_text() + waits)
        _once(["codex", "exec", "--skip-git-repo-check", "--json", model.script.when], env, home)
    return model


def gemini(home: Path) -> Model:
    """Gemini CLI lists the tools and calls two of them."""
    env = environment(home)
    connect("gemini", env)
    settings = home / ".gemini" / "settings.json"
    known = json.loads(settings.read_text())
    known |= {
        "security": {"auth": {"selectedType": "gemini-api-key"}, "folderTrust": {"enabled": False}},
        "telemetry": {"enabled": False}, "privacy": {"usageStatisticsEnabled": False}, "general": {"disableAutoUpdate": True},
    }  # fmt: skip
    settings.write_text(json.dumps(known))
    with Model(Script(f"{REQUEST} tomorrow at 9")) as model:
        env |= {"GEMINI_API_KEY": "dummy", "GOOGLE_GEMINI_BASE_URL": f"http://127.0.0.1:{model.port}"}
        _once(["gemini", "-p", model.script.when, "--yolo", "-m", "gemini-2.5-flash"], env, home)
    return model


def _once(command: list[str], env: dict[str, str], home: Path) -> None:
    done = subprocess.run(
        command, env=env, cwd=home, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_PATIENCE, check=False
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{command[0]} ended with {done.returncode}: {done.stdout[-2000:]} {done.stderr[-2000:]}")


CLIENTS: dict[str, Callable[[Path], Model]] = {"claude": claude, "codex": codex, "gemini": gemini}
