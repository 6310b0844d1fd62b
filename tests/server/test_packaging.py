"""What is published: versions that agree, and packages that their own tools accept."""

from __future__ import annotations

import json
import re
import tomllib
import zipfile
from pathlib import Path

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
