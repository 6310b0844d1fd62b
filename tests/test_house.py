"""The house as it is drawn: docs/ARCHITECTURE.md agrees with the imports, and nobody's names stand for two things."""

from __future__ import annotations

import ast
import importlib.util
from collections import defaultdict
from types import ModuleType

import grimp
import pytest

from tests.support.moments import ROOT


@pytest.fixture(scope="module")
def house() -> ModuleType:
    spec = importlib.util.spec_from_file_location("house", ROOT / "scripts" / "house.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_shows_the_rooms_as_they_are(house: ModuleType) -> None:
    """`scripts/house.py --write` writes it again."""
    text = (ROOT / "docs" / "ARCHITECTURE.md").read_text()
    assert house.page(text) == text


def test_nothing_goes_up_and_only_the_parsers_of_english_go_round(house: ModuleType) -> None:
    graph = grimp.build_graph(*house.PACKAGES)
    assert house.upward(house.arrows(graph)) == []
    assert all(module.startswith("alarum_nlp.reading.") for circle in house.circles(graph) for module in circle)


def test_every_room_has_files_and_a_line_that_says_what_is_inside(house: ModuleType) -> None:
    for package, folder in house.PACKAGES.items():
        for path in (ROOT / folder / package).iterdir():
            if path.is_dir() and path.name != "__pycache__":
                assert len(list(path.rglob("*.py"))) > 2, f"{path} is a room with one file"
                assert ast.get_docstring(ast.parse((path / "__init__.py").read_text())), path


def test_no_class_or_function_stands_for_two_things(house: ModuleType) -> None:
    found: dict[str, list[str]] = defaultdict(list)
    for package, folder in house.PACKAGES.items():
        for path in (ROOT / folder / package).rglob("*.py"):
            for node in ast.parse(path.read_text()).body:
                if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and node.name[0] != "_":
                    found[node.name].append(str(path.relative_to(ROOT)))
    twice = {name: places for name, places in found.items() if len(places) > 1}
    assert not twice


def test_a_channel_is_a_class_of_channels_and_nothing_else(house: ModuleType) -> None:
    """No class, function, file or argument outside of `channels/` is called so; Claude Code's own word is its client's."""
    theirs = {"claude_channel", "serve_channel", "CHANNEL"}
    for package, folder in house.PACKAGES.items():
        for path in (ROOT / folder / package).rglob("*.py"):
            if "channels" in path.parts:
                continue
            assert "channel" not in path.stem or path.stem in theirs, path
            for node in ast.walk(ast.parse(path.read_text())):
                names = [node.name] if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) else []
                names += [node.arg] if isinstance(node, ast.arg) else []
                assert all("channel" not in name.lower() or name in theirs for name in names), (path, names)
