"""The native server's configuration, made from the project's own."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

from livekit_migrate.core.errors import ConfigError
from livekit_migrate.livekit.config import NativeConfig, Ports, native, server_env
from tests.conftest import ROOT, server_binary

PORTS = Ports(17880, 17881, 17882)


def _native(tmp_path: Path, text: str) -> NativeConfig:
    file = tmp_path / "livekit.yaml"
    file.write_text(text, encoding="utf-8")
    return native(file, PORTS)


def test_without_a_file() -> None:
    config = native(None, PORTS)
    assert yaml.safe_load(config.text) == {
        "port": 17880,
        "bind_addresses": ["127.0.0.1"],
        "rtc": {
            "tcp_port": 17881,
            "udp_port": 17882,
            "node_ip": "127.0.0.1",
            "use_external_ip": False,
            "enable_loopback_candidate": True,
            "ips": {"includes": ["127.0.0.1/32"]},
        },
    }


@pytest.mark.parametrize("text", ["", "# nothing\n", "rtc:\n", "rtc: ~\n", "rtc: {}\n", "\ufeffport: 1\n"])
def test_files_that_say_little(tmp_path: Path, text: str) -> None:
    assert yaml.safe_load(_native(tmp_path, text).text) == yaml.safe_load(native(None, PORTS).text)


def test_the_rest_keeps_its_spelling(tmp_path: Path) -> None:
    # PyYAML reads these as 83, True, 45296, 1000.0 and a date; Go's YAML reads text or other numbers.
    text = (
        "region: 0123\na: on\nb: 12:34:56\nc: 1e3\nd: 2026-01-31\ne: '7880'\n"
        "f: !!str 5\ng: |\n  two\n  lines\n"
    )
    rendered = _native(tmp_path, text).text
    for line in text.splitlines()[:6]:
        assert line in rendered.splitlines()
    assert yaml.safe_load(rendered)["g"] == "two\nlines\n"
    assert yaml.safe_load(rendered)["f"] == "5"


def test_anchors_and_merges(tmp_path: Path) -> None:
    text = "base: &base {tcp_port: 1, udp_port: 2, strict_acks: true}\nrtc:\n  <<: *base\n"
    rtc = yaml.safe_load(_native(tmp_path, text).text)["rtc"]
    assert (rtc["tcp_port"], rtc["udp_port"], rtc["strict_acks"]) == (17881, 17882, True)


def test_what_is_left_out_is_named_without_its_secrets(tmp_path: Path) -> None:
    config = _native(
        tmp_path,
        "keys: {APIx: canary}\nkey_file: /etc/canary\nredis: {address: r:1, password: canary}\n"
        "rtc: {port_range_start: 50000, port_range_end: 50100, interfaces: {includes: [eth0]}}\n",
    )
    assert "canary" not in config.text
    assert "canary" not in " ".join(map(str, config.overrides))
    left = {override.key for override in config.overrides if override.now is None}
    assert left == {
        "keys",
        "key_file",
        "redis",
        "rtc.port_range_start",
        "rtc.port_range_end",
        "rtc.interfaces",
    }


def test_further_ports(tmp_path: Path) -> None:
    config = _native(
        tmp_path,
        "turn: {enabled: true, udp_port: 3478, tls_port: 5349}\n"
        "prometheus: {port: 6789}\ndebug_handler: {port: 1}\n",
    )
    assert {(number, kind) for number, kind, _ in config.extra_ports} == {
        (3478, "udp"),
        (5349, "tcp"),
        (6789, "tcp"),
        (1, "tcp"),
    }
    assert _native(tmp_path, "turn: {enabled: false, udp_port: 3478}\n").extra_ports == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [\n", ":2:1: not YAML"),
        ("a: b: c\n", ":1:5: not YAML"),
        ("\tport: 1\n", ":1:1: not YAML"),
        ("text\n", "a mapping of keys"),
        ("a: *nobody\n", ":1:4: not YAML"),
        ("[" * 3000, "not YAML|nested too deep"),
    ],
)
def test_broken_files(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        _native(tmp_path, text)


def test_a_line_of_the_rendered_file_is_found_in_the_users(tmp_path: Path) -> None:
    config = _native(tmp_path, "# first\n\nrtc:\n  # second\n  tcp_port: 1\n\n  odd: 1\nroom:\n  max: x\n")
    rendered = config.text.splitlines()
    for needle, line in (("odd: 1", 7), ("max: x", 9), ("tcp_port", 5)):
        number = next(index for index, each in enumerate(rendered, 1) if needle in each)
        assert config.source_line(number) == line


def test_the_real_server_accepts_the_stacks_own_file() -> None:
    config = native(ROOT / "livekit.yaml", PORTS)
    done = subprocess.run(
        [str(server_binary()), "--config-body", config.text, "ports"],
        env=server_env({"LIVEKIT_CONFIG": "nonsense: 1"}),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "17880 - HTTP service" in done.stdout, done.stderr + done.stdout


def test_the_environment_cannot_override_the_file() -> None:
    env = {
        "PATH": "/bin",
        "LIVEKIT_CONFIG": "x",
        "LIVEKIT_RTC_FORCE_TCP": "1",
        "NODE_IP": "1",
        "REDIS_HOST": "x",
    }
    assert server_env(env) == {"PATH": "/bin"}
