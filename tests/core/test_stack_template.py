"""The stack at the top of the repository is templates/stack, rendered with its defaults."""

from __future__ import annotations

import re
from collections.abc import Callable
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
APP = {"backend": "server", "web": "web", "mediasoup": True}
KEYS: dict[str, Any] = {key.name: key.default for key in settings.KEYS}
DEFAULTS = {name: variable["default"] for name, variable in TEMPLATE["variables"].items()}


@pytest.mark.parametrize("name", TEMPLATE["files"])
def test_root_file_is_the_template_with_its_defaults(name: str, request: pytest.FixtureRequest) -> None:
    text = render_file(STACK / name, DEFAULTS)
    if request.config.getoption("--update-golden"):
        (ROOT / name).write_text(text, encoding="utf-8")
    assert (ROOT / name).read_text(encoding="utf-8") == text


def rendered(name: str, **values: Any) -> str:
    return render_file(STACK / name, {**DEFAULTS, **values})


def services(**values: Any) -> dict[str, Any]:
    document = yaml.safe_load(rendered("docker-compose.yml", **values))["services"]
    assert isinstance(document, dict)
    return document


def test_template_lists_the_files_that_are_there() -> None:
    there = {path.name for path in STACK.iterdir()} - {"template.yaml"}
    assert there == set(TEMPLATE["files"])


@pytest.mark.parametrize("missing", DEFAULTS)
def test_every_variable_is_used(missing: str) -> None:
    text = "".join((STACK / name).read_text(encoding="utf-8") for name in TEMPLATE["files"])
    messages = []
    for variant in (DEFAULTS, DEFAULTS | {"rtc": "range"}, DEFAULTS | APP):
        try:
            render(text, {name: value for name, value in variant.items() if name != missing})
        except ConfigError as error:
            messages.append(error.message)
    assert any(missing in message for message in messages)


def test_with_an_app(golden: Callable[[str, str], None]) -> None:
    for name in ("docker-compose.yml", ".env.example"):
        golden(f"stack/app/{name.removeprefix('.')}", rendered(name, **APP))
    found = services(**APP)
    assert found["backend"]["ports"] == [
        "127.0.0.1:1285:1285",
        "127.0.0.1:4001:4001",
        "127.0.0.1:44444:44444/udp",
        "127.0.0.1:44444:44444/tcp",
    ]
    assert found["backend"]["environment"]["MEDIASOUP_ANNOUNCED_ADDRESS"] == "127.0.0.1"
    assert found["web"]["ports"] == ["127.0.0.1:3000:3000"]


def test_after_the_migration_nothing_of_mediasoup_is_left() -> None:
    text = rendered("docker-compose.yml", **APP | {"mediasoup": False})
    assert "backend:" in text
    assert "mediasoup" not in text.lower()
    assert "44444" not in text


def test_a_range_has_the_same_numbers_in_both_files() -> None:
    values = {"rtc": "range", "port_rtc_range_start": 51000, "port_rtc_range_end": 51010}
    rtc = yaml.safe_load(rendered("livekit.yaml", **values))["rtc"]
    assert (rtc["port_range_start"], rtc["port_range_end"]) == (51000, 51010)
    assert "udp_port" not in rtc
    ports = services(**values)["livekit"]["ports"]
    assert ports == [
        "127.0.0.1:7880:7880",
        "127.0.0.1:7881:7881",
        "127.0.0.1:51000-51010:51000-51010/udp",
    ]


def test_another_address_is_meant_for_media_and_for_every_port() -> None:
    assert yaml.safe_load(rendered("livekit.yaml", node_ip="192.0.2.7"))["rtc"]["node_ip"] == "192.0.2.7"
    for service in services(**APP, node_ip="192.0.2.7").values():
        assert all(port.startswith("192.0.2.7:") for port in service["ports"])


def test_no_secret_stands_in_a_file() -> None:
    for variant in ({}, APP):
        for name in TEMPLATE["files"]:
            for line in rendered(name, **variant).splitlines():
                if re.match(r"\s*\w*(SECRET|PASSWORD)\w*\s*[:=]", line):
                    assert re.search(r"[:=]\s*(\$\{[A-Z_]+:\?[^}]*\})?$", line), line


def test_secrets_stay_out_of_images() -> None:
    patterns = rendered(".dockerignore").splitlines()
    assert ".env" in patterns
    assert ".lkm" in patterns


def test_defaults_are_those_of_lkm() -> None:
    assert DEFAULTS["livekit_version"] == KEYS["server.version"]
    assert DEFAULTS["rtc"] == KEYS["rtc"]
    ours = {f"port_{name.removeprefix('ports.')}": port for name, port in KEYS.items() if "ports." in name}
    assert {name: value for name, value in DEFAULTS.items() if name.startswith("port_")} == ours


def test_compose_and_server_agree() -> None:
    config = yaml.safe_load((ROOT / "livekit.yaml").read_text(encoding="utf-8"))
    rtc = config["rtc"]
    assert services()["livekit"]["ports"] == [
        f"{rtc['node_ip']}:{config['port']}:{config['port']}",
        f"{rtc['node_ip']}:{rtc['tcp_port']}:{rtc['tcp_port']}",
        f"{rtc['node_ip']}:{rtc['udp_port']}:{rtc['udp_port']}/udp",
    ]
    assert "keys" not in config


@pytest.mark.parametrize("variant", [{}, APP], ids=["alone", "with an app"])
def test_what_every_service_has(variant: dict[str, Any]) -> None:
    document = yaml.safe_load(rendered("docker-compose.yml", **variant))
    for service in document["services"].values():
        for name in ("healthcheck", "stop_grace_period", "restart", "mem_limit", "cpus", "logging"):
            assert name in service
        assert service["logging"]["options"] == {"max-size": "10m", "max-file": "3"}
        assert all(port.startswith("127.0.0.1:") for port in service["ports"])
        if "image" in service:
            assert re.fullmatch(r"[a-z/-]+:v?\d+(\.\d+)*", service["image"]), "a tag that moves"
    named = {volume.split(":")[0] for s in document["services"].values() for volume in s.get("volumes", ())}
    assert {volume for volume in named if not volume.startswith(".")} == set(document["volumes"])
