"""The stack at the top of the repository is templates/stack, rendered with its defaults."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from livekit_migrate.core import settings
from livekit_migrate.core.errors import ConfigError
from livekit_migrate.core.render import render, render_file

ROOT = Path(__file__).resolve().parents[2]
STACK = ROOT / "templates" / "stack"
TEMPLATE: dict[str, Any] = yaml.safe_load((STACK / "template.yaml").read_text(encoding="utf-8"))
DEFAULTS = {name: variable["default"] for name, variable in TEMPLATE["variables"].items()}


@pytest.mark.parametrize("name", TEMPLATE["files"])
def test_root_file_is_the_template_with_its_defaults(name: str, request: pytest.FixtureRequest) -> None:
    text = render_file(STACK / name, DEFAULTS)
    if request.config.getoption("--update-golden"):
        (ROOT / name).write_text(text, encoding="utf-8")
    assert (ROOT / name).read_text(encoding="utf-8") == text


def test_template_lists_files_that_are_there() -> None:
    assert TEMPLATE["files"]
    assert all((STACK / name).is_file() for name in TEMPLATE["files"])


@pytest.mark.parametrize("missing", DEFAULTS)
def test_every_variable_is_used(missing: str) -> None:
    rest = {name: value for name, value in DEFAULTS.items() if name != missing}
    text = "".join((STACK / name).read_text(encoding="utf-8") for name in TEMPLATE["files"])
    with pytest.raises(ConfigError, match=missing):
        render(text, rest)


def test_defaults_are_those_of_lkm() -> None:
    ours = {key.name: key.default for key in settings.KEYS}
    assert DEFAULTS["livekit_version"] == ours["server.version"]
    assert DEFAULTS["port_signal"] == ours["ports.signal"]
    assert DEFAULTS["port_rtc_tcp"] == ours["ports.rtc_tcp"]
    assert DEFAULTS["port_rtc_udp"] == ours["ports.rtc_udp"]


def test_compose_and_server_agree() -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    config = yaml.safe_load((ROOT / "livekit.yaml").read_text(encoding="utf-8"))
    rtc = config["rtc"]
    assert compose["services"]["livekit"]["ports"] == [
        f"{rtc['node_ip']}:{config['port']}:{config['port']}",
        f"{rtc['node_ip']}:{rtc['tcp_port']}:{rtc['tcp_port']}",
        f"{rtc['node_ip']}:{rtc['udp_port']}:{rtc['udp_port']}/udp",
    ]
    assert "keys" not in config
    for service in compose["services"].values():
        assert "healthcheck" in service
        assert "stop_grace_period" in service
        assert all(port.startswith("127.0.0.1:") for port in service["ports"])
    named = {volume.split(":")[0] for s in compose["services"].values() for volume in s["volumes"]}
    assert {volume for volume in named if not volume.startswith(".")} == set(compose["volumes"])
