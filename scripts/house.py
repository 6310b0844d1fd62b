"""Draws the house from its imports: rooms, floors, and the arrows between rooms. Part of docs/ARCHITECTURE.md.

    .venv/bin/python scripts/house.py             # prints it
    .venv/bin/python scripts/house.py --write     # writes it into docs/ARCHITECTURE.md
    .venv/bin/python scripts/house.py --figures   # files and lines of each room, circles, upward arrows

A room is a folder of a package, or a file beside the folders. Floors are the layers of the import contracts in
pyproject.toml, the highest first; an arrow goes from a room to one that it imports.
"""

from __future__ import annotations

import sys
import tomllib
from collections import Counter
from pathlib import Path
from statistics import median

import grimp

ROOT = Path(__file__).parents[1]
PACKAGES = {"alarum": "server", "alarum_nlp": "nlp", "alarum_store": "store"}
PAGE = ROOT / "docs" / "ARCHITECTURE.md"
BEGIN, END = "<!-- house: written by scripts/house.py -->\n", "<!-- /house -->\n"


def room_of(module: str) -> str:
    """The room that a module is in: "alarum.cli.parser" is in "alarum.cli"."""
    return ".".join(module.split(".")[:2])


def floors(package: str) -> list[list[str]]:
    """The rooms of a package, floor by floor from the highest, as the contract of its layers has them."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (layers,) = (one["layers"] for one in contracts if one.get("containers") == [package])
    return [[f"{package}.{room.strip()}" for room in layer.split("|")] for layer in layers]


def files(package: str) -> dict[str, list[int]]:
    """The lines of the files of each room, without the empty ones."""
    found: dict[str, list[int]] = {}
    for path in sorted((ROOT / PACKAGES[package]).rglob("*.py")):
        module = ".".join(path.relative_to(ROOT / PACKAGES[package]).with_suffix("").parts)
        if module not in (f"{package}.__init__", f"{package}.__main__"):
            found.setdefault(room_of(module), []).append(len(path.read_text().splitlines()))
    return found


def arrows(graph: grimp.ImportGraph) -> Counter[tuple[str, str]]:
    """How many imports go from one room to another."""
    found: Counter[tuple[str, str]] = Counter()
    for module in graph.modules:
        for imported in graph.find_modules_directly_imported_by(module):
            ends = room_of(module), room_of(imported)
            if ends[0] != ends[1] and all("." in end for end in ends):
                found[ends] += 1
    return found


def circles(graph: grimp.ImportGraph) -> list[list[str]]:
    """Groups of modules that import each other, directly or not."""
    below = {module: graph.find_upstream_modules(module) for module in graph.modules}
    groups = {
        tuple(sorted({module, *(other for other in below[module] if module in below[other])}))
        for module in graph.modules
    }
    return sorted(list(group) for group in groups if len(group) > 1)


def upward(found: Counter[tuple[str, str]]) -> list[tuple[str, str]]:
    """Arrows from a room to a higher floor, or to another room of its own floor."""
    level = {room: n for package in PACKAGES for n, floor in enumerate(floors(package)) for room in floor}
    return sorted(
        (a, b)
        for a, b in found
        if a in level and b in level and a.split(".")[0] == b.split(".")[0] and level[a] >= level[b]
    )


def drawn(package: str, found: Counter[tuple[str, str]]) -> str:
    """The floors of a package as a table: each room, its files, and what it imports."""
    rows = []
    for number, floor in enumerate(floors(package)):
        for room in floor:
            to = sorted(((b, n) for (a, b), n in found.items() if a == room), key=lambda arrow: (-arrow[1], arrow[0]))
            names = ", ".join(f"{b.removeprefix(package + '.')} {n}" for b, n in to)
            count = len(files(package).get(room, []))
            rows.append(f"| {number + 1} | `{room.removeprefix(package + '.')}` | {count} | {names or '-'} |")
    head = "| floor | room | files | imports from (how many) |\n|---|---|---|---|\n"
    return f"### {PACKAGES[package]}: `{package}`\n\n{head}" + "\n".join(rows) + "\n"


def house() -> str:
    """All packages, for the page."""
    found = arrows(grimp.build_graph(*PACKAGES))
    return "\n" + "\n".join(drawn(package, found) for package in PACKAGES) + "\n"


def page(text: str) -> str:
    """The page with the house as it is."""
    before, _, rest = text.partition(BEGIN)
    return before + BEGIN + house() + END + rest.partition(END)[2]


def figures() -> str:
    """What changes when files move: files of each room, median and longest file, circles, arrows that go up."""
    graph, lines = grimp.build_graph(*PACKAGES), []
    for package in PACKAGES:
        rooms = files(package)
        every = [n for sizes in rooms.values() for n in sizes]
        lines.append(f"{package}: {len(every)} files, median {median(every):.0f} lines, longest {max(every)}")
        lines += [f"    {room}: {len(sizes)}" for room, sizes in sorted(rooms.items())]
    lines += [f"circle: {len(group)} modules: {', '.join(group)}" for group in circles(graph)]
    lines += [f"upward: {a} -> {b}" for a, b in upward(arrows(graph))] or ["no upward arrows"]
    return "\n".join(lines)


if __name__ == "__main__":
    if "--write" in sys.argv:
        PAGE.write_text(page(PAGE.read_text()))
    else:
        print(figures() if "--figures" in sys.argv else house())
