"""livekit/tokens and grants: claims, times, room configurations."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import jwt
import pytest

from livekit_migrate.core.errors import ConfigError, UsageError
from livekit_migrate.core.secret import Secret
from livekit_migrate.livekit import tokens
from livekit_migrate.livekit.grants import BY_NAME, GRANTS, PRESETS
from livekit_migrate.livekit.keys import KeyPair

PAIR = KeyPair("APIx", Secret("s3cr3t-for-these-tests-0123456789abcdef"))


def test_a_room_alone_means_joining_it() -> None:
    token = tokens.mint(PAIR, room="r", identity="i", ttl=60)
    said = jwt.decode(token, PAIR.secret.reveal(), algorithms=["HS256"], issuer="APIx")
    assert said["video"] == {
        "roomJoin": True,
        "room": "r",
        "canPublish": True,
        "canSubscribe": True,
        "canPublishData": True,
    }
    assert said["sub"] == "i"
    assert said["exp"] - said["nbf"] == 60
    assert set(said) == {"video", "sub", "iss", "nbf", "exp"}


def test_without_video_grants_there_is_no_video_claim() -> None:
    said = tokens.claims("APIx", grants={"sip_call": True})
    assert said["sip"] == {"admin": False, "call": True}
    assert "video" not in said


@pytest.mark.parametrize("given", [{"room": "r"}, {"identity": "i"}, {"room": "", "identity": "i"}])
def test_a_join_without_room_or_identity_is_refused(given: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="room and an identity"):
        tokens.mint(PAIR, grants={"room_join": True}, **given)


def test_unknown_grants_are_refused() -> None:
    with pytest.raises(ValueError, match="can_fly"):
        tokens.mint(PAIR, grants={"can_fly": True})


def test_presets_use_known_grants_only() -> None:
    assert {name for preset in PRESETS for name in preset.grants} <= set(BY_NAME)


def test_options_are_unique_and_do_not_hide_presets() -> None:
    options = [grant.option for grant in GRANTS] + [preset.name for preset in PRESETS]
    assert len(set(options)) == len(options)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1s", 1),
        ("90s", 90),
        ("6h", 21600),
        ("7d", 604800),
        ("1h30m", 5400),
        ("2w", 1209600),
        ("36525d", 3155760000),
    ],
)
def test_ttl(text: str, seconds: int) -> None:
    assert tokens.parse_ttl(text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "0s",
        "0h0m",
        "-5m",
        "6x",
        "6",
        "",
        "h",
        "1.5h",
        "6 h",
        "36526d",
        "9" * 400 + "d",
        "٣h",
        "100y",
        "1h-30m",
        "6H",
    ],
)
def test_ttl_that_is_none(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        tokens.parse_ttl(text)
    assert caught.value.exit_code == 2
    assert caught.value.hint


def test_ttl_without_a_unit_says_what_to_type() -> None:
    with pytest.raises(UsageError) as caught:
        tokens.parse_ttl("3600")
    assert "3600s" in caught.value.hint


@pytest.mark.parametrize(
    "text",
    [
        '{"emptyTimeout": 60, "agents": [{"agentName": "bot"}]}',
        "empty_timeout: 60\nagents: [{agent_name: bot}]\n",
    ],
)
def test_a_room_configuration_is_json_or_yaml(tmp_path: Path, text: str) -> None:
    path = tmp_path / "room.yaml"
    path.write_text(text)
    assert tokens.read_room_config(path) == {"emptyTimeout": 60, "agents": [{"agentName": "bot"}]}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("empty_timeouts: 60\n", "empty_timeouts"),
        ("empty_timeout: soon\n", "soon"),
        ("- 1\n", "not a mapping"),
        ("a: [\n", "room.yaml:2:1"),
        ("a: &a [x]\nb: *a\n", "aliases"),
        ("", "not a mapping"),
        ("empty_timeout: 2024-01-02\n", "RoomConfiguration"),
        ("name: 2024-13-45\n", "month"),
        ("name: !!int abc\n", "abc"),
        (f"empty_timeout: {'9' * 5000}\n", "value"),
        ("name: !!python/object:x {}\n", "room.yaml:1:7"),
        ("{a: b}: c\n", "room.yaml:1:1"),
        ("? [a]\n: c\n", "room.yaml"),
        ("empty_timeout: .inf\n", "RoomConfiguration"),
        ("empty_timeout: .nan\n", "RoomConfiguration"),
        ('name: "\\ud800"\n', "room.yaml"),
        ("name: !!binary é\n", "room.yaml"),
        ("name: !!timestamp x\n", "room.yaml: a value"),
        ("name: !!bool x\n", "room.yaml: a value"),
        ('name: !!int ""\n', "room.yaml"),
    ],
)
def test_what_is_no_room_configuration_is_named(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "room.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=r"room\.yaml") as caught:
        tokens.read_room_config(path)
    assert says in caught.value.message


def test_signing_loads_no_http_client_and_leaves_pyjwt_whole() -> None:
    code = (
        "import sys\n"
        "from livekit_migrate.core.secret import Secret\n"
        "from livekit_migrate.livekit import keys, tokens\n"
        "tokens.mint(keys.KeyPair('k', Secret('s' * 40)), room='r', identity='i')\n"
        "assert not {'urllib.request', 'http.client', 'ssl', 'email'} & set(sys.modules)\n"
        "import jwt\n"
        "client = jwt.PyJWKClient('https://example.com/keys')\n"
        "import jwt.jwks_client\n"
        "assert type(client) is jwt.jwks_client.PyJWKClient\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
