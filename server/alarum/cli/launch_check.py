"""What starts Alarum on this machine, and what of it starts another program or an older call."""

from __future__ import annotations

from alarum.app.health_check import Finding
from alarum.cli.connect import configurations
from alarum.cli.launch_command import fault_of_call
from alarum.cli.service import places as service_places


def faulty_calls() -> list[Finding]:
    """Clients and units that start Alarum by an old call, or by one that may run another program."""
    places = [(f"the client {name}", path, f"alarum connect {name} --write") for name, path in configurations()]
    places += [("the service", path, "alarum service install") for path in service_places()]
    found = []
    for what, path, advice in places:
        try:
            text = path.read_text()
        except (OSError, UnicodeDecodeError):
            continue
        if fault := fault_of_call(text):
            found.append(Finding("warning", f"{what} ({path}) {fault}", f"write it again: {advice}"))
    return found
