"""`lkm token` as a user runs it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import jwt
import pytest

from livekit_migrate.cli.main import run
from livekit_migrate.livekit.grants import GRANTS, PRESETS
from tests.conftest import ROOT, Lkm, Ran

KEY = "APIcli00000000"
CANARY = "canary-Zq8vR2nT5wXy7LmK3pJh6GdF9sBcA1eU"
JWT = r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\n"


@pytest.fixture
def keyed(project: Path) -> Path:
    (project / ".env").write_text(f"LIVEKIT_API_KEY={KEY}\nLIVEKIT_API_SECRET={CANARY}\n")
    return project


def claims(ran: Ran) -> dict[str, Any]:
    assert ran.code == 0, ran.err
    decoded = jwt.decode(ran.out.strip(), CANARY, algorithms=["HS256"], issuer=KEY)
    assert isinstance(decoded, dict)
    return decoded


def test_stdout_is_the_token_and_stderr_is_silent(keyed: Path, lkm: Lkm) -> None:
    ran = lkm("token", "--room", "demo", "--identity", "ada")
    said = claims(ran)
    assert ran.out.count("\n") == 1
    assert ran.err == ""
    assert said["sub"] == "ada"
    assert said["video"]["roomJoin"] is True
    assert said["video"]["room"] == "demo"
    assert said["exp"] - said["nbf"] == 6 * 3600
    assert abs(said["nbf"] - time.time()) < 60


def test_a_made_up_identity_is_said_on_stderr(keyed: Path, lkm: Lkm) -> None:
    first, second = lkm("token", "-r", "demo"), lkm("token", "-r", "demo")
    identity = claims(first)["sub"]
    assert identity
    assert identity in first.err
    assert claims(second)["sub"] != identity


def test_the_bare_command_makes_a_token_for_a_made_up_room(keyed: Path, lkm: Lkm) -> None:
    first, second = lkm("token"), lkm("token")
    video = claims(first)["video"]
    assert (video["roomJoin"], video["canPublish"]) == (True, True)
    assert first.err.startswith(f"room: {video['room']} (made up")
    assert claims(second)["video"]["room"] != video["room"]
    assert first.out.count("\n") == 1


def test_all_that_a_participant_can_be_given(keyed: Path, lkm: Lkm) -> None:
    said = claims(
        lkm(
            *(
                "token",
                "-r",
                "a b/😀",
                "-i",
                "ada",
                "--name",
                "Ada L.",
                "--ttl",
                "1h30m",
                "--metadata",
                '{"a":1}',
            ),
            *("--attribute", "role=host", "--attribute", "x=a=b", "--kind", "sip", "--room-preset", "big"),
            *("--sha256", "47DEQ", "--can-publish-sources", "camera, microphone", "--no-can-publish-data"),
            *("--sip-call", "--destination-room", "other", "--room-admin"),
        )
    )
    del said["nbf"], said["exp"]
    assert said == {
        "name": "Ada L.",
        "kind": "sip",
        "metadata": '{"a":1}',
        "video": {
            "roomAdmin": True,
            "roomJoin": True,
            "room": "a b/😀",
            "destinationRoom": "other",
            "canPublish": True,
            "canSubscribe": True,
            "canPublishData": False,
            "canPublishSources": ["camera", "microphone"],
        },
        "sip": {"admin": False, "call": True},
        "attributes": {"role": "host", "x": "a=b"},
        "sha256": "47DEQ",
        "roomPreset": "big",
        "sub": "ada",
        "iss": KEY,
    }


@pytest.mark.parametrize("grant", GRANTS, ids=lambda grant: grant.name)
def test_every_grant_has_its_option(keyed: Path, grant: Any, capfd: pytest.CaptureFixture[str]) -> None:
    value = {"flag": [], "text": ["other"], "sources": ["camera"]}[grant.kind]
    code = run(["token", "-C", str(keyed), "-r", "demo", "-i", "ada", f"--{grant.option}", *value])
    said = claims(Ran(code, *capfd.readouterr()))
    expected = {"flag": True, "text": "other", "sources": ["camera"]}[grant.kind]
    assert said[grant.section][grant.claim] == expected
    if grant.kind == "flag":
        code = run(["token", "-C", str(keyed), "-r", "demo", "-i", "ada", f"--no-{grant.option}"])
        said = claims(Ran(code, *capfd.readouterr()))
        assert said[grant.section][grant.claim] is False


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_presets_grant_what_the_table_says(keyed: Path, lkm: Lkm, preset: Any) -> None:
    said = claims(lkm("token", "-r", "demo", "-i", "ada", f"--{preset.name}"))
    by_name = {grant.name: grant.claim for grant in GRANTS}
    expected = {by_name[name]: value for name, value in preset.grants.items()}
    assert said["video"] == {"canPublish": True, **expected, "room": "demo"}
    assert said.get("kind", "") == preset.kind


def test_a_single_grant_overrides_the_preset(keyed: Path, lkm: Lkm) -> None:
    video = claims(lkm("token", "-r", "demo", "-i", "a", "--subscriber", "--can-publish-data"))["video"]
    assert (video["canPublish"], video["canPublishData"]) == (False, True)


@pytest.mark.parametrize(
    "option", ["--room-list", "--room-create", "--ingress-admin", "--sip-admin", "--agent"]
)
def test_what_needs_no_room_goes_without(keyed: Path, lkm: Lkm, option: str) -> None:
    ran = lkm("token", option)
    said = claims(ran)
    assert "roomJoin" not in said.get("video", {})
    assert said["sub"] == ""
    assert ran.err == ""


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["--publisher"], "--room"),
        (["--admin"], "--room"),
        (["--room-admin"], "--room"),
        (["--room-join", "--room-list"], "--room"),
        (["--can-publish"], "--room"),
        (["--no-room-list"], "--room"),
        (["-r", ""], "--room"),
        (["-r", "x" * 257], "257 bytes"),
        (["-r", "😀" * 65], "260 bytes"),
        (["-r", "r", "-i", "x" * 300], "300 bytes"),
        (["-r", "r", "-i", ""], "--identity"),
        (["-r", "r", "--ttl", "0s"], "--ttl"),
        (["-r", "r", "--ttl", "-5m"], "--ttl"),
        (["-r", "r", "--ttl", "6x"], "--ttl"),
        (["-r", "r", "--ttl", "36526d"], "100 years"),
        (["-r", "r", "--publisher", "--recorder"], "--publisher and --recorder"),
        (["-r", "r", "--attribute", "x"], "--attribute"),
        (["-r", "r", "--attribute", "=x"], "--attribute"),
        (["-r", "r", "--attribute", "a=1", "--attribute", "a=2"], "twice"),
        (["-r", "r", "--attribute", "a=" + "x" * 65_536], "65,536"),
        (["-r", "r", "--kind", "robot"], "agent"),
        (["-r", "r", "--can-publish-sources", "camra"], "microphone"),
        (["-r", "r", "--can-fly"], "--can-fly"),
        (["inspct"], "inspct"),
    ],
)
def test_wrong_arguments_end_with_2_and_one_message(
    keyed: Path, lkm: Lkm, argv: list[str], says: str
) -> None:
    ran = lkm("token", *argv)
    assert (ran.code, ran.out) == (2, "")
    assert says in ran.err
    assert "Traceback" not in ran.err
    as_json = lkm("token", *argv, "--json")
    assert as_json.code == as_json.json["exit_code"] == 2
    assert as_json.json["error"]["message"]


def test_metadata_above_the_servers_limit(keyed: Path, capfd: pytest.CaptureFixture[str]) -> None:
    # In this process: the system's own limit for one argument is lower.
    fits = "x" * (512 * 1024)
    assert run(["token", "-C", str(keyed), "-r", "r", "-i", "i", "--metadata", fits]) == 0
    capfd.readouterr()
    assert run(["token", "-C", str(keyed), "-r", "r", "-i", "i", "--metadata", fits + "x"]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert "524,288" in err


@pytest.mark.parametrize("room", ["a b", "a/b", "😀" * 64, "x" * 256, "..", "?#&%", "\n", "-r"])
def test_rooms_that_the_server_takes_are_taken(keyed: Path, lkm: Lkm, room: str) -> None:
    assert claims(lkm("token", f"--room={room}", "-i", "i"))["video"]["room"] == room


def test_a_room_that_is_no_text_is_an_error(keyed: Path, clean_env: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "livekit_migrate", "token", "-r", b"\xff\xfe"],
        cwd=keyed,
        env=clean_env,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"UTF-8" in done.stderr


def test_a_long_life_is_allowed_and_said(keyed: Path, lkm: Lkm) -> None:
    ran = lkm("token", "-r", "r", "-i", "i", "--ttl", "36525d")
    said = claims(ran)
    assert said["exp"] - said["nbf"] == 36525 * 86400
    assert "36,525 days" in ran.err


def test_room_config_is_carried_as_the_library_writes_it(keyed: Path, lkm: Lkm) -> None:
    (keyed / "room.yaml").write_text("empty_timeout: 60\n")
    said = claims(lkm("token", "-r", "r", "-i", "i", "--room-config", "room.yaml"))
    assert said["roomConfig"] == {"emptyTimeout": 60}
    ran = lkm("token", "-r", "r", "-i", "i", "--room-config", "missing.yaml")
    assert (ran.code, ran.out) == (4, "")
    assert "missing.yaml" in ran.err


def test_json_reveals_the_token_and_no_secret(keyed: Path, lkm: Lkm) -> None:
    ran = lkm("token", "-r", "demo", "--json")
    data = ran.json["data"]
    said = jwt.decode(data["token"], CANARY, algorithms=["HS256"])
    assert said == data["claims"]
    assert (data["room"], data["key_origin"]) == ("demo", ".env:1")
    assert data["identity"] in " ".join(data["notes"])
    assert CANARY not in ran.out + ran.err


@pytest.mark.parametrize(
    "env_text",
    [
        "",
        f"LIVEKIT_API_KEY={KEY}\n",
        f'LIVEKIT_API_KEY={KEY}\nLIVEKIT_API_SECRET="{CANARY}"x\n',
        f"LIVEKIT_API_KEY={KEY}\nLIVEKIT_API_SECRET={CANARY}$x\n",
        f'LIVEKIT_API_KEY={KEY}\nLIVEKIT_API_SECRET="{CANARY}\n',
        f'LIVEKIT_API_KEY={KEY}\nLIVEKIT_API_SECRET="{CANARY}\nmore"\n',
        f"LIVEKIT_API_SECRET={CANARY}\n",
    ],
)
@pytest.mark.parametrize("as_json", [False, True])
def test_without_a_usable_pair_it_says_what_to_do(
    project: Path, lkm: Lkm, env_text: str, as_json: bool
) -> None:
    (project / ".env").write_text(env_text)
    ran = lkm("token", "-r", "r", *(["--json"] if as_json else []))
    assert ran.code == 4
    assert "lkm keys new" in ran.out + ran.err
    assert CANARY not in ran.out + ran.err


@pytest.mark.parametrize("tail", ["$x", "'x", '"x', "\\x", " x"])
def test_shell_secrets_with_odd_characters_sign_as_they_are(project: Path, lkm: Lkm, tail: str) -> None:
    env = {"LIVEKIT_API_KEY": KEY, "LIVEKIT_API_SECRET": CANARY + tail}
    ran = lkm("token", "-r", "r", "-i", "i", env=env)
    assert jwt.decode(ran.out.strip(), CANARY + tail, algorithms=["HS256"])["sub"] == "i"
    ran = lkm("token", "-r", "r", "-i", "i", env=env | {"LIVEKIT_API_SECRET": f"{CANARY}{tail}\n"})
    assert (ran.code, ran.out) == (4, "")
    assert CANARY not in ran.err


def test_it_loads_nothing_heavy(keyed: Path, clean_env: dict[str, str]) -> None:
    code = (
        "import sys\n"
        "from livekit_migrate.cli.main import run\n"
        "assert run(['token', '--room', 'r']) == 0\n"  # a made-up identity: a note is shown, too
        "heavy = {'docker', 'requests', 'aiohttp', 'livekit', 'google.protobuf', 'pydantic', 'rich',\n"
        "         'yaml', 'httpx', 'dotenv', 'http.client', 'ssl', 'asyncio', 'importlib.metadata'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=keyed,
        env=clean_env | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_help_names_every_preset_and_grant(lkm: Lkm) -> None:
    shown = lkm("token", "--help").out
    for option in [grant.option for grant in GRANTS] + [preset.name for preset in PRESETS]:
        assert f"--{option}" in shown


def test_a_hint_on_a_terminal_goes_to_stderr(keyed: Path, clean_env: dict[str, str]) -> None:
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "livekit_migrate", "token", "-r", "demo", "-i", "ada"],
            cwd=keyed,
            env=clean_env,
            stdout=subprocess.PIPE,
            stderr=theirs,
            check=True,
        )
        os.close(theirs)
        read = b""
        with contextlib.suppress(OSError):  # how Linux ends a terminal
            while more := os.read(ours, 4096):
                read += more
        said = read.decode()
    finally:
        os.close(ours)
    assert done.stdout.count(b"\n") == 1
    assert KEY in said
    assert ".env:1" in said
    assert CANARY not in said
