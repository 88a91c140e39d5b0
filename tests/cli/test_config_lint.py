"""`lkm config lint` as a user runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import KEY, ROOT, SECRET, Lkm, Ran
from tests.unprivileged import user_env, user_lkm, user_project

__all__ = ["user_env", "user_lkm", "user_project"]

GOOD = f"port: 7880\nkeys:\n  {KEY}: {SECRET}\n"


@pytest.fixture
def config(project: Path) -> Path:
    return project / "livekit.yaml"


def ids(ran: Ran) -> list[tuple[str, str]]:
    return [(found["id"], found["status"]) for found in ran.json["findings"]]


def test_a_good_file(config: Path, lkm: Lkm) -> None:
    config.write_text(GOOD)
    ran = lkm("config", "lint")
    assert (ran.code, ran.out) == (0, "")
    assert ran.err == "livekit.yaml: livekit-server 1.13.5 starts with it\n"
    ran = lkm("config", "lint", "--json")
    assert ran.code == 0
    assert ran.json["data"]["files"] == [
        {"file": "livekit.yaml", "refused": False, "fail": 0, "warn": 0, "info": 0}
    ]


def test_what_is_wrong_with_its_place_and_mend(config: Path, lkm: Lkm) -> None:
    config.write_text(GOOD + 'rtc:\n  udp_prot: 7882\n  tcp_port: "7881"\n')
    ran = lkm("config", "lint")
    assert ran.code == 1
    assert "livekit.yaml:5:3: rtc.udp_prot is no key of livekit-server 1.13.5" in ran.out
    assert "→ udp_port is meant?" in ran.out
    assert "livekit.yaml:6:13: rtc.tcp_port takes a whole number from 0 to 4294967295" in ran.out
    assert ran.out.endswith("2 fail\n")
    assert SECRET not in ran.out + ran.err
    found = lkm("config", "lint", "--json").json["findings"]
    assert [(one["location"]["file"], one["location"]["line"]) for one in found] == [
        ("livekit.yaml", 5),
        ("livekit.yaml", 6),
    ]


def test_a_warning_is_no_failure(config: Path, lkm: Lkm) -> None:
    config.write_text(GOOD + "bind_addresses: []\n")
    ran = lkm("config", "lint")
    assert ran.code == 0
    assert "warn livekit.yaml:4:1: bind_addresses is empty" in ran.out


def test_the_release_counts(config: Path, project: Path, lkm: Lkm) -> None:
    config.write_text(GOOD + "enable_data_tracks: true\n")
    assert lkm("config", "lint").code == 0
    assert lkm("config", "lint", "--server-version", "1.8.4").code == 1
    (project / "lkm.toml").write_text('[server]\nversion = "1.8.4"\n')
    assert lkm("config", "lint").code == 1
    ran = lkm("config", "lint", "--server-version", "1.12.0", "--json")
    assert ids(ran) == [("config.version", "info")]
    assert (ran.json["data"]["server_version"], ran.json["data"]["judged_as"]) == ("1.12.0", "1.11.0")
    assert lkm("config", "lint", "--server-version", "new").code == 2


def test_keys_come_from_the_project_unless_the_file_is_alone(config: Path, project: Path, lkm: Lkm) -> None:
    config.write_text("port: 7880\nwebhook: {urls: [https://a.example], api_key: other}\n")
    assert ids(lkm("config", "lint", "--json")) == [("config.keys-missing", "info")]
    (project / ".env").write_text(f"LIVEKIT_API_KEY={KEY}\nLIVEKIT_API_SECRET={SECRET}\n")
    assert ids(lkm("config", "lint", "--json")) == [("config.webhook-key", "fail")]
    assert ids(lkm("config", "lint", "livekit.yaml", "--json")) == [("config.keys-missing", "info")]
    alone = lkm("config", "lint", "--alone", "--json")
    assert ids(alone) == [("config.keys-missing", "fail"), ("config.webhook-key", "fail")]


def test_several_files_and_standard_input(config: Path, project: Path, lkm: Lkm) -> None:
    config.write_text(GOOD)
    (project / "b.yaml").write_text("prot: 1\n")
    ran = lkm("config", "lint", "livekit.yaml", "b.yaml", "--json")
    assert ran.code == 1
    assert [(one["file"], one["refused"]) for one in ran.json["data"]["files"]] == [
        ("livekit.yaml", False),
        ("b.yaml", True),
    ]
    ran = lkm("config", "lint", "-", stdin="prot: 1\n")
    assert ran.code == 1
    assert "standard input:1:1: prot is no key" in ran.out


def test_this_project_s_own_stack_is_clean(lkm: Lkm) -> None:
    ran = lkm("config", "lint", str(ROOT / "livekit.yaml"), "--json")
    assert [found for found in ids(ran) if found[1] in ("warn", "fail")] == []


def test_fix_changes_what_is_certain_and_nothing_else(config: Path, lkm: Lkm) -> None:
    before = (
        '\ufeff# mine\r\nport: "7880"   # signalling\r\nrtc:\r\n    tcp-port: 7881\r\n'
        "    ips: {includes: [ 10.0.0.1 ]}\r\n"
        f"kyes:\r\n    {KEY}: '{SECRET}'\r\nzzz: 1"
    )
    config.write_bytes(before.encode())
    ran = lkm("config", "lint", "--fix")
    assert ran.code == 1, "zzz is left"
    after = (
        before.replace('"7880"', "7880").replace("tcp-port", "tcp_port").replace("10.0.0.1", "10.0.0.1/32")
    )
    assert config.read_bytes().decode() == after.replace("kyes", "keys")
    assert 'livekit.yaml:2: "7880" → 7880' in ran.err
    assert "livekit.yaml:6: kyes → keys" in ran.err
    assert SECRET not in ran.out + ran.err
    assert lkm("undo").code == 0
    assert config.read_bytes().decode() == before
    ran = lkm("config", "lint", "--fix", "--json")
    assert [one["new"] for one in ran.json["data"]["mended"]] == ["7880", "tcp_port", "10.0.0.1/32", "keys"]
    assert SECRET not in ran.out


def test_fix_leaves_what_a_correction_would_not_mend(config: Path, lkm: Lkm) -> None:
    text = GOOD + "prot: 7880\nnode_selector: {region: here}\n"
    config.write_text(text)
    assert lkm("config", "lint", "--fix").code == 1
    assert config.read_text() == text, "port is there already, and regions takes a list"
    assert lkm("undo").code == 1, "nothing was changed"


def test_fix_needs_a_file(lkm: Lkm) -> None:
    ran = lkm("config", "lint", "--fix", "-", stdin=GOOD)
    assert ran.code == 2
    assert "--fix mends files" in ran.err


def _fifty_megabytes(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(50_000_000)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (Path.exists, "no such file"),
        (Path.mkdir, "is a directory"),
        (os.mkfifo, "not a regular file"),
        (_fifty_megabytes, "50,000,000 bytes are too many"),
    ],
    ids=["missing", "directory", "fifo", "50 MB"],
)
def test_what_is_no_file_ends_in_one_line(config: Path, lkm: Lkm, make: object, says: str) -> None:
    make(config)  # type: ignore[operator]
    ran = lkm("config", "lint")
    assert ran.code == 4
    assert says in ran.err
    assert len(ran.err.splitlines()) <= 3
    assert lkm("config", "lint", "--json").json["error"]["message"]


def test_a_file_that_may_not_be_read(user_project: Path, user_lkm: Callable[..., Ran]) -> None:
    config = user_project / "livekit.yaml"
    config.write_text(GOOD)
    config.chmod(0o000)
    ran = user_lkm("config", "lint")
    assert ran.code == 4
    assert "permission denied" in ran.err


@pytest.mark.parametrize(
    ("data", "code", "said"),
    [
        (b"", 0, "config.keys-missing"),
        (b"# nothing\n", 1, "config.empty"),
        (b"region: b\xfcro\n", 1, "config.encoding"),
        (b"region: a\x00b\n", 1, "config.characters"),
        (b'{"port": 7880, "keys": {"a": "0123456789012345678901234567890123"}}', 0, ""),
        (b"port: {{ .Values.port }}\n", 1, "config.template"),
        (b"a: &a [*a]\n", 1, "config.unknown-key"),
    ],
)
def test_odd_input(config: Path, lkm: Lkm, data: bytes, code: int, said: str) -> None:
    config.write_bytes(data)
    ran = lkm("config", "lint", "livekit.yaml", "--json")
    assert ran.code == code
    assert [found["id"] for found in ran.json["findings"]] == ([said] if said else [])


def test_the_group_without_a_word_shows_its_help(lkm: Lkm) -> None:
    ran = lkm("config")
    assert ran.code == 2
    assert "lint" in ran.err + ran.out


def test_a_closed_pipe_is_no_crash(config: Path, clean_env: dict[str, str]) -> None:
    config.write_text("".join(f"key{number}: 1\n" for number in range(3000)))
    argv = f"{sys.executable} -m livekit_migrate config lint | head -1"
    done = subprocess.run(
        ["sh", "-c", argv], cwd=config.parent, env=clean_env, capture_output=True, text=True, check=False
    )
    assert "Traceback" not in done.stderr
