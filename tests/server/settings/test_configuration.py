"""The configuration file: settings and targets, secrets that stay secret, and the commands that work on targets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from alarum.settings.from_environment import SettingsError, read_settings
from tests.support.moments import SECRET
from tests.support.processes import alarum
from tests.support.receiver import Receiver

CONFIG = """
zone = "Europe/Berlin"
default_target = "phone"
failures = "ops"
lifecycle = "ops"
reach = ["127.0.0.1"]
policies = "max_attempts=3"

[targets.phone]
channel = "webhook"
url = "{url}"
secret = "env:SIGN"

[targets.ops]
channel = "webhook"
url = "{url}"
secret = "file:{secret}"
"""


def written(tmp_path: Path, url: str = "https://hooks.example/x", config: str = CONFIG) -> dict[str, str]:
    (tmp_path / "secret").write_text(SECRET + "\n")
    path = tmp_path / "alarum.toml"
    path.write_text(config.format(url=url, secret=tmp_path / "secret"))
    return {"ALARUM_CONFIG": str(path), "HOME": str(tmp_path), "SIGN": SECRET}


def test_the_configuration_file_says_it_all_and_the_environment_has_the_last_word(tmp_path: Path) -> None:
    env = written(tmp_path)
    found = read_settings(env)
    assert (found.zone, found.default_target, found.failures, found.lifecycle, found.reach) == (
        "Europe/Berlin", "phone", "ops", "ops", ("127.0.0.1",),
    )  # fmt: skip
    assert found.policies.max_attempts == 3
    assert read_settings({**env, "ALARUM_ZONE": "Asia/Tokyo"}).zone == "Asia/Tokyo"
    (tmp_path / ".config/alarum").mkdir(parents=True)
    (tmp_path / "alarum.toml").rename(tmp_path / ".config/alarum/alarum.toml")
    del env["ALARUM_CONFIG"]
    assert read_settings(env).targets.keys() == {"phone", "ops"}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (("zone =", "zoen ="), "there is no setting 'zoen'"),
        (
            ('"phone"\nfailures', '"fone"\nfailures'),
            "alarum.toml: default_target: there is no target 'fone'; there are phone, ops",
        ),
        (("[targets.ops]", "[targets.Ops]"), r"[targets.Ops]: a target has a name"),
        (("[targets.phone]", "[targets.phone"), "cannot be read"),
        (('["127.0.0.1"]', '["http://x"]'), "alarum.toml: reach: 'http://x' is not a host, address or network"),
        (('channel = "webhook"', 'chanel = "webhook"'), "it needs a channel"),
        (('"env:SIGN"', '"env:SIGN"\ntimeout = "5m"'), "timeout must be shorter than the lease"),
    ],
)
def test_a_configuration_that_cannot_be_is_told_by_name(tmp_path: Path, change: tuple[str, str], why: str) -> None:
    assert change[0] in CONFIG
    env = written(tmp_path, config=CONFIG.replace(*change, 1))
    with pytest.raises(SettingsError) as refused:
        read_settings(env)
    assert why in str(refused.value)
    assert SECRET not in str(refused.value)


def test_a_configuration_file_that_was_named_and_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="there is no configuration file"):
        read_settings({"ALARUM_CONFIG": str(tmp_path / "none.toml"), "HOME": str(tmp_path)})


def test_secrets_are_shown_nowhere(tmp_path: Path) -> None:
    token = "a-token-of-somebody"
    settings = read_settings({**written(tmp_path), "ALARUM_WEBHOOK_SECRET": SECRET, "ALARUM_TOKENS": f"anna={token}"})
    for shown in (
        repr(settings.targets),
        str(settings.targets["ops"]),
        settings.targets["ops"].model_dump_json(fallback=str),
        repr(settings),
    ):
        assert SECRET not in shown
        assert token not in shown
        assert repr(settings.webhook_secrets[0]) not in shown
        assert SECRET.removeprefix("whsec_") not in shown


def test_the_command_line_tests_a_target_lists_it_and_delivers_again(
    tmp_path: Path, receiver: Receiver, env: dict[str, str]
) -> None:
    mine = {**env, **written(tmp_path, receiver.url), "ALARUM_DB": env["ALARUM_DB"]}
    del mine["ALARUM_WEBHOOK_HOSTS"]
    tested = alarum(mine, "targets", "test", "phone")
    assert (tested.returncode, "arrived" in tested.stdout) == (0, True), tested.stderr
    assert receiver.body()["name"] == "alarum.test"
    receiver.answers = [(500, {})]
    failed = alarum(mine, "targets", "test", "ops", "--json")
    assert (failed.returncode, json.loads(failed.stdout)["status"]) == (1, 500)
    listed = alarum(mine, "targets")
    assert "By default reminders go to phone, failures to ops, every event to ops." in listed.stdout
    assert SECRET not in listed.stdout + listed.stderr
    for args in (("test",), ("test", "none"), ("resume", "none")):
        refused = alarum(mine, "targets", *args)
        assert (refused.returncode, refused.stderr.startswith("alarum: ")) == (1, True)
    assert json.loads(alarum(mine, "redeliver", "--since", "1d", "--target", "phone", "--json").stdout) == {
        "redelivered": 0
    }


def test_a_setting_under_its_old_name_counts_and_says_its_new_one(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    given = {"HOME": str(tmp_path), "ALARUM_ZONE": "UTC", "ALARUM_EVENTS": "1"}
    assert read_settings(given).mcp_events
    assert "ALARUM_EVENTS is now called ALARUM_MCP_EVENTS" in caplog.text
    caplog.clear()
    file = tmp_path / "alarum.toml"
    file.write_text("events = true\n")
    settings = read_settings({"HOME": str(tmp_path), "ALARUM_ZONE": "UTC", "ALARUM_CONFIG": str(file)})
    assert settings.mcp_events
    assert "'events' of the configuration file is now called 'mcp_events'" in caplog.text
    caplog.clear()
    assert not read_settings({**given, "ALARUM_MCP_EVENTS": "0"}).mcp_events  # the new name wins


def test_a_process_says_on_stderr_that_a_setting_has_a_new_name(env: dict[str, str]) -> None:
    said = alarum({**env, "ALARUM_EVENTS": "1"}, "query")
    assert said.returncode == 0
    assert "ALARUM_MCP_EVENTS" in said.stderr
