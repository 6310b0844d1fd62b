"""`alarum service`: the server as a systemd user unit or a launchd agent, started at login and again when it ends."""

from __future__ import annotations

import os
import plistlib
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from alarum.channels.fields import public
from alarum.cli.launch_command import command, settings_set, write
from alarum.settings.from_file import secret_names

_LABEL = "io.github.alarum"


def places() -> list[Path]:
    """The files of the service on this machine, whatever its platform."""
    return [
        _configuration() / "systemd" / "user" / "alarum.service",
        Path.home() / "Library" / "LaunchAgents" / f"{_LABEL}.plist",
    ]


def environment_file() -> Path:
    """The settings that the systemd unit reads."""
    return _configuration() / "alarum" / "env"


def service(action: str, only_print: bool, given: Mapping[str, str]) -> int:
    """Install, remove or show the service. 0 when it is as asked, 1 when this machine cannot."""
    platform = str(sys.platform)
    if platform == "darwin":
        return _launchd(action, only_print, given)
    if platform.startswith("linux"):
        return _systemd(action, only_print, given)
    print(
        "alarum: a service can be installed on Linux (systemd) and macOS (launchd); here start 'alarum serve' yourself",
        file=sys.stderr,
    )
    return 1


def _configuration() -> Path:
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")


def unit(environment: Path) -> str:
    """The systemd unit (systemd.service(5), systemd.exec(5))."""
    start = " ".join(_quoted(part) for part in [*command(), "serve"])
    return f"""[Unit]
Description=Alarum, natural-language scheduling for agents
After=network.target

[Service]
ExecStart={start}
EnvironmentFile=-{_quoted(str(environment))}
Restart=always
RestartSec=1
TimeoutStopSec=15

[Install]
WantedBy=default.target
"""


def _kept(given: Mapping[str, str]) -> dict[str, str]:
    """The settings that go along, and the secrets that the configuration names; the file is its owner's alone."""
    env = {**os.environ, **given}
    return settings_set(env) | settings_set(env, secret_names(env) or ("",))


def _shown(kept: Mapping[str, str]) -> dict[str, str]:
    """As it may be printed: secrets are named and not shown."""
    secret = ("ALARUM_WEBHOOK_SECRET", "ALARUM_TOKENS", "ALARUM_TOKEN")
    plain = {
        name: value if name.startswith("ALARUM_") and name not in secret else "..." for name, value in kept.items()
    }
    return {name: public(value) if "://" in value else value for name, value in plain.items()}


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"' if " " in text or escaped != text else text


def _systemd(action: str, only_print: bool, given: Mapping[str, str]) -> int:
    environment, place = environment_file(), _configuration() / "systemd" / "user" / "alarum.service"
    kept = _kept(given)
    settings = "".join(f"{name}={_quoted(value)}\n" for name, value in kept.items())
    if only_print:
        shown = "".join(f"{name}={_quoted(value)}\n" for name, value in _shown(kept).items())
        print(f"# {place}\n{unit(environment)}\n# {environment}\n{shown}")
        return 0
    if action == "install":
        write(place, unit(environment))
        if kept:
            write(environment, settings)
        print(f"wrote {place}" + (f" and {environment}" if kept else f"; settings go into {environment}"))
        return _run_all(
            "systemctl", ["--user", "daemon-reload"], ["--user", "enable", "alarum"], ["--user", "restart", "alarum"]
        )
    if action == "uninstall":
        done = _run_all("systemctl", ["--user", "disable", "--now", "alarum"]) if place.exists() else 0
        place.unlink(missing_ok=True)
        print("removed; the database and the settings stay")
        return done
    return _run_all("systemctl", ["--user", "status", "--no-pager", "alarum"])


def agent(log: Path, kept: Mapping[str, str]) -> bytes:
    """The launchd agent (launchd.plist(5))."""
    described = {
        "Label": _LABEL, "ProgramArguments": [*command(), "serve"], "EnvironmentVariables": dict(kept), "RunAtLoad": True,
        "KeepAlive": True, "StandardOutPath": str(log), "StandardErrorPath": str(log), "ExitTimeOut": 15,
    }  # fmt: skip
    return plistlib.dumps(described)


def _launchd(action: str, only_print: bool, given: Mapping[str, str]) -> int:
    place = Path.home() / "Library" / "LaunchAgents" / f"{_LABEL}.plist"
    log = Path.home() / "Library" / "Logs" / "alarum.log"
    domain = f"gui/{os.getuid()}"
    if only_print:
        print(f"# {place}\n{agent(log, _shown(_kept(given))).decode()}")
        return 0
    if action == "install":
        write(place, agent(log, _kept(given)).decode())
        print(f"wrote {place}; it logs to {log}")
        return _run_all("launchctl", ["bootstrap", domain, str(place)], ["kickstart", "-k", f"{domain}/{_LABEL}"])
    if action == "uninstall":
        done = _run_all("launchctl", ["bootout", f"{domain}/{_LABEL}"]) if place.exists() else 0
        place.unlink(missing_ok=True)
        print("removed; the database stays")
        return done
    return _run_all("launchctl", ["print", f"{domain}/{_LABEL}"])


def _run_all(program: str, *calls: list[str]) -> int:
    """Run the service manager; where there is none, say what to run."""
    if shutil.which(program) is None:
        todo = " && ".join(" ".join([program, *call]) for call in calls)
        print(f"alarum: {program} is not on this machine; where it is, run: {todo}", file=sys.stderr)
        return 1
    for call in calls:
        done = subprocess.run([program, *call], check=False)
        if done.returncode:
            print(
                f"alarum: '{' '.join([program, *call])}' failed ({done.returncode}); without a user session try: loginctl enable-linger",
                file=sys.stderr,
            )
            return 1
    return 0
