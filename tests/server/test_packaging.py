"""What is published: versions that agree, and packages that their own tools accept."""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

import alarum
import alarum_nlp
import alarum_store
from alarum import __version__
from tests.support.moments import ROOT
from tests.support.processes import needs_npm, script


def _json(path: str) -> dict[str, object]:
    return dict(json.loads((ROOT / path).read_text()))


def test_versions_and_names_agree() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    registry, bundle, plugin = (
        _json(p) for p in ("packaging/server.json", "packaging/mcpb/manifest.json", ".claude-plugin/plugin.json")
    )
    versions = {project["version"], __version__, registry["version"], bundle["version"], plugin["version"]}
    assert len(versions) == 1
    assert re.fullmatch(r"[a-zA-Z0-9.-]+/[a-zA-Z0-9._-]+", str(registry["name"]))
    assert len(str(registry["description"])) <= 100
    assert f"<!-- mcp-name: {registry['name']} -->" in (ROOT / "README.md").read_text()
    assert f'io.modelcontextprotocol.server.name="{registry["name"]}"' in (ROOT / "packaging/Dockerfile").read_text()
    for package in registry["packages"]:  # type: ignore[attr-defined]
        assert package["registryType"] == "oci" or package["version"] == __version__
        assert package["registryType"] != "oci" or package["identifier"].endswith(f":{__version__}")
    tools = json.loads((ROOT / "tests/server/mcp/tools.json").read_text())
    assert [tool["name"] for tool in bundle["tools"]] == list(tools)  # type: ignore[attr-defined]


def test_the_image_copies_what_there_is_and_starts_only_with_tokens() -> None:
    lines = (ROOT / "packaging/Dockerfile").read_text().splitlines()
    for line in lines:
        if line.startswith("COPY") and "--from" not in line:
            assert all((ROOT / name).exists() for name in line.split()[1:-1])
    assert 'CMD ["serve", "--host", "0.0.0.0"]' in lines


@needs_npm
def test_wheel_bundle_and_plugin_are_accepted_by_their_own_tools(tmp_path: Path) -> None:
    assert "Validation passed" in script("package.sh", DIST=str(tmp_path))
    wheel = next(tmp_path.glob("*.whl"))
    with zipfile.ZipFile(wheel) as packed:
        names = packed.namelist()
    assert {"alarum/__main__.py", "alarum_nlp/py.typed", "alarum_store/sqlite/store.py"} <= set(names)
    assert not [name for name in names if name.startswith(("tests", "evals"))]
    with zipfile.ZipFile(tmp_path / "alarum.mcpb") as bundle:
        assert {"manifest.json", "pyproject.toml", "server/alarum/__main__.py", "icon.png"} <= set(bundle.namelist())


def run(*command: str | Path, cwd: Path) -> str:
    """What a command prints, on both ways; it must succeed."""
    done = subprocess.run([*map(str, command)], cwd=cwd, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip = (sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check")
    run(*pip, "--no-deps", "--no-build-isolation", "-w", folder, ROOT, cwd=folder)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def empty(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel; its dependencies are those of the tests, which are not installed a second time."""
    folder = tmp_path_factory.mktemp("empty")
    run(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder)
    python = folder / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check", "install", "--quiet")
    run(*pip, "--no-deps", "--no-index", wheel, cwd=folder)
    (site,) = folder.glob("lib/*/site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")  # whose own .pth files do not count
    return python


@pytest.fixture
def users(tmp_path: Path) -> Path:
    """The folder of a user with modules of the names that the packages once had."""
    for name in ("server", "nlp", "store"):
        (tmp_path / f"{name}.py").write_text(f'OWN = "the user\'s {name}"\n')
    return tmp_path


def test_the_example_of_the_readme_runs_from_the_wheel_beside_modules_of_the_users_own(
    empty: Path, users: Path
) -> None:
    example = (ROOT / "README.md").read_text().partition("<!-- example -->\n```python\n")[2].partition("```")[0]
    (users / "plants.py").write_text(example)
    (users / "own.py").write_text(
        "import server, nlp, store, alarum\nprint(server.OWN, nlp.OWN, store.OWN, alarum.__file__)\n"
    )
    own = run(empty, "own.py", cwd=users)
    assert all(f"the user's {name}" in own for name in ("server", "nlp", "store"))
    assert str(empty.parent.parent) in own  # not the checkout
    said = run(empty, "plants.py", cwd=users)
    assert said.count("water the roses") == 3
    assert f"alarum {__version__}" in run(empty.with_name("alarum"), "--version", cwd=users)
    assert "every monday at 10:00" in run(empty, "-P", "-m", "alarum", "parse", "every monday at 10", cwd=users)


def test_a_type_checker_sees_the_types_of_the_wheel(empty: Path, users: Path) -> None:
    (users / "plants.py").write_text(
        "from alarum import Alarum, Called, trial\n"
        "import alarum_nlp\n"
        'alarum, length = Alarum("plants.db"), alarum_nlp.duration("90s")\n'
        "def water(call: Called) -> None: reveal_type(call.attempt)\n"
        "reveal_type(alarum.cancel), reveal_type(length), reveal_type(trial), reveal_type(alarum_nlp.read)\n"
    )
    said = run(sys.executable, "-m", "mypy", "--strict", "--python-executable", empty, "plants.py", cwd=users)
    assert "Any" not in "".join(line for line in said.splitlines() if "attempt" in line or "duration" in line)
    revealed = [line.partition("Revealed type is ")[2] for line in said.splitlines() if "Revealed type" in line]
    assert revealed[0] == '"int"'
    assert "Cancelled" in revealed[1]
    assert "timedelta" in revealed[2]
    assert "Trial" in revealed[3]
    assert "Reading" in revealed[4]
    assert "Unclear" in revealed[4]


def test_a_module_that_is_imported_by_its_dotted_name_is_a_module() -> None:
    """No function or class hides a module of its name: `import a.b` and `from a import b` give the same."""
    names = [
        module.name
        for package in (alarum, alarum_nlp, alarum_store)
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    ]
    assert len(names) > 200
    for name in names:
        if name.endswith("__main__"):
            continue
        importlib.import_module(name)
        parent, _, last = name.rpartition(".")
        assert isinstance(getattr(sys.modules[parent], last), ModuleType), name
