"""`lkm config show` and the JSON of `lkm config lint`, as programs and people read them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from livekit_migrate.core import exits

SECRET = "s123456789012345678901234567890123"
COMPOSE = f"""services:
  sfu:
    image: livekit/livekit-server:v1.11.0
    command: ["--config", "/lk.yaml", "--port", "7002"]
    environment:
      LIVEKIT_PORT: "7001"
      LIVEKIT_KEYS: "key: {SECRET}"
      REDIS_HOST: ${{REDIS}}
    volumes: ["./livekit.yaml:/lk.yaml"]
"""
CONFIG = """port: 7000
room:
  empty_timeout: 60
  create_room_timeout: 90s
rtc: {udp_port: 7882-7892}
redis: {password: canary-redis-password}
"""


@pytest.fixture
def served(project: Path) -> Path:
    (project / "compose.yaml").write_text(COMPOSE)
    (project / "livekit.yaml").write_text(CONFIG)
    return project


def rows(ran: Any) -> dict[str, dict[str, Any]]:
    return {row["key"]: row for row in ran.json["data"]["settings"]}


def test_who_set_what(served: Path, lkm: Any) -> None:
    ran = lkm("config", "show", "--json", env={"REDIS": "redis:6379"})
    assert ran.code == 0
    data = ran.json["data"]
    assert (data["server"], data["server_version"], data["judged_as"]) == (
        "compose service sfu",
        "1.11.0",
        "1.11.0",
    )
    found = rows(ran)
    assert found["port"] == {
        "key": "port",
        "value": 7002,
        "origin": "--port (compose.yaml:4)",
        "default": False,
        "beaten": ["livekit.yaml:1 has 7000", "LIVEKIT_PORT (compose.yaml:6) has 7001"],
    }
    assert found["room.empty_timeout"]["origin"] == "livekit.yaml:3"
    assert found["room.create_room_timeout"]["value"] == "90s"
    assert found["rtc.udp_port"]["value"] == "7882-7892"
    assert found["redis.address"]["value"] == "redis:6379"
    assert found["redis.address"]["origin"] == "REDIS_HOST (compose.yaml:8 (from REDIS (shell)))"
    assert found["room.departure_timeout"] == {
        "key": "room.departure_timeout",
        "value": 20,
        "origin": "default",
        "default": True,
        "beaten": [],
    }
    assert found["keys"]["value"] == {"key": "••••••"}
    assert SECRET not in ran.out
    assert "canary" not in ran.out


def test_what_is_not_known_here_says_so(served: Path, lkm: Any) -> None:
    row = rows(lkm("config", "show", "--json"))["redis.address"]
    assert row["value"] is None
    assert row["origin"].endswith("REDIS is set nowhere here")


def test_people_see_what_is_set_and_with_all_the_defaults(served: Path, lkm: Any) -> None:
    ran = lkm("config", "show")
    assert "room.departure_timeout" not in ran.out
    assert "lkm config show --server native" in ran.err
    assert "room.departure_timeout" in lkm("config", "show", "--all").out
    assert "canary" not in ran.out + ran.err


def test_the_native_server_has_what_lkm_sets(served: Path, lkm: Any) -> None:
    (served / ".env").write_text(f"LIVEKIT_API_KEY=key\nLIVEKIT_API_SECRET={SECRET}\n")
    (served / "lkm.toml").write_text("[ports]\nsignal = 7100\n")
    found = rows(lkm("config", "show", "--server", "native", "--json"))
    assert found["port"]["value"] == 7100
    assert found["port"]["origin"] == "lkm up (lkm.toml ports.signal)"
    assert found["port"]["beaten"] == ["livekit.yaml:1 has 7000"]
    assert found["redis.password"]["origin"] == "lkm up (one native server needs none)"
    assert "canary" not in str(found)
    assert found["rtc.node_ip"]["value"] == "127.0.0.1"
    assert found["room.empty_timeout"]["origin"] == "livekit.yaml:3"
    assert found["keys"]["origin"] == ".env:1 and .env:2"


def test_a_file_by_itself(served: Path, lkm: Any) -> None:
    found = rows(lkm("config", "show", "livekit.yaml", "--json"))
    assert found["port"]["value"] == 7000
    assert found["port"]["origin"] == "livekit.yaml:1"
    older = lkm("config", "show", "livekit.yaml", "--json", "--server-version", "1.8.4")
    assert "enable_data_tracks" not in rows(older)


@pytest.mark.parametrize(
    ("argv", "code", "said"),
    [
        (["--server", "none"], exits.USAGE, "there are: sfu, native"),
        (["livekit.yaml", "--server", "sfu"], exits.USAGE, "one of them"),
        (["absent.yaml"], exits.FAILED, "absent.yaml: no such file"),
        (["broken.yaml"], exits.CONFIG, "broken.yaml:1:5: not YAML"),
        (["livekit.yaml", "--server-version", "x"], exits.USAGE, "x: not a version"),
    ],
)
def test_mistakes(served: Path, lkm: Any, argv: list[str], code: int, said: str) -> None:
    (served / "broken.yaml").write_text("a: {]\n")
    ran = lkm("config", "show", *argv)
    assert ran.code == code, ran.err
    assert said in ran.err


def test_the_keys_of_lints_json(served: Path, lkm: Any) -> None:
    ran = lkm("config", "lint", "--json")
    data = ran.json["data"]
    assert set(data) >= {"server_version", "files", "servers"}
    assert data["servers"] == [
        {
            "server": "compose service sfu",
            "at": "compose.yaml:2",
            "configuration": "livekit.yaml",
            "server_version": "1.11.0",
            "judged_as": "1.11.0",
            "refused": False,
        }
    ]
    assert [file["file"] for file in data["files"]] == ["livekit.yaml"]
    alone = lkm("config", "lint", "livekit.yaml", "--json").json["data"]
    assert alone["files"][0]["file"] == "livekit.yaml"


def test_a_key_file_that_this_user_may_not_read(user_project: Path, user_lkm: Any) -> None:
    (user_project / "livekit.yaml").write_text("key_file: keys.yaml\n")
    (user_project / "keys.yaml").write_text(f"key: {SECRET}\n")
    (user_project / "keys.yaml").chmod(0o000)
    found = user_lkm("config", "lint", "--json").json["findings"]
    assert [(one["id"], one["status"]) for one in found] == [("config.unreadable", "skip")]
    assert found[0]["detail"] == "cannot read the key file: permission denied"
    (user_project / "keys.yaml").chmod(0o604)
    found = user_lkm("config", "lint", "--json").json["findings"]
    assert [(one["id"], one["status"]) for one in found] == [("config.key-file-mode", "fail")]


@pytest.mark.parametrize(
    ("node_ip", "udp_port", "shown"),
    [
        ("192.0.2.7", "7000", ("192.0.2.8", "livekit.yaml:1", "7000-7892")),
        ("2001:db8::1", "7000-7001", ("192.0.2.8,2001:db8::1", "NODE_IP (compose.yaml:6)", "7000-7001")),
    ],
)
def test_what_is_written_over_and_not_replaced(
    served: Path, lkm: Any, node_ip: str, udp_port: str, shown: tuple[str, str, str]
) -> None:
    (served / "livekit.yaml").write_text("rtc: {node_ip: 192.0.2.8, udp_port: 7882-7892}\n")
    (served / "compose.yaml").write_text(
        "services:\n  sfu:\n    image: livekit/livekit-server:v1.13.5\n    command: --config /lk.yaml\n"
        f"    environment:\n      NODE_IP: {node_ip}\n      UDP_PORT: {udp_port}\n"
        f"      LIVEKIT_KEYS: 'key: {SECRET}'\n    volumes: ['./livekit.yaml:/lk.yaml']\n"
    )
    found = rows(lkm("config", "show", "--json"))
    assert (
        found["rtc.node_ip"]["value"],
        found["rtc.node_ip"]["origin"],
        found["rtc.udp_port"]["value"],
    ) == shown
    ids = [one["id"] for one in lkm("config", "lint", "--json").json["findings"] if one["status"] == "warn"]
    assert ids == (["config.option-partial", "config.option-ignored"] if shown[1] == "livekit.yaml:1" else [])
