"""What starts Alarum on this machine, and what of it starts another program or an older call."""

from __future__ import annotations

import re

from alarum.app.health_check import Finding
from alarum.cli.connect import configurations
from alarum.cli.launch_command import fault_of_call
from alarum.cli.service import environment_file
from alarum.cli.service import places as service_places
from alarum.settings.renamed import RENAMED


def faulty_calls() -> list[Finding]:
    """Clients and units that start Alarum by an old call, by one that may run another program, or with settings of old names."""
    places = [(f"the client {name}", path, f"alarum connect {name} --write") for name, path in configurations()]
    places += [("the service", path, "alarum service install") for path in service_places()]
    places += [("the environment of the service", environment_file(), "alarum service install")]
    found = []
    for what, path, advice in places:
        try:
            text = path.read_text()
        except (OSError, UnicodeDecodeError):
            continue
        if fault := fault_of_call(text):
            found.append(Finding("warning", f"{what} ({path}) {fault}", f"write it again: {advice}"))
        found += [
            Finding(
                "warning", f"{what} ({path}) sets {old}, which is now called {new}", f"write {new} there, or: {advice}"
            )
            for old, new in RENAMED.items()
            if re.search(rf"\b{old}\b", text)
        ]
    return found
