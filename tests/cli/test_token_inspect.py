"""`lkm token inspect` as a user runs it."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import time
from pathlib import Path

from tests.conftest import Lkm
from tests.fakes.tokens import HEAD, body, join, sign


def test_claims_times_and_abilities_without_a_key(project: Path, lkm: Lkm) -> None:
    now = time.time()
    token = sign(HEAD, body(now, join(canPublishSources=["camera"]), name="Ada", exp=int(now) + 590))
    ran = lkm("token", "inspect", stdin=f"Bearer {token}\r\n")
    assert ran.code == 0
    for line in (
        "alg HS256",
        "sub   ada",
        "expires in 9 min",
        "join the room demo as ada",
        "publish camera, nothing else",
    ):
        assert f"  {line}" in ran.out
    assert "taken off before looking: CRLF, Bearer" in ran.out
    assert token not in ran.out + ran.err
    assert token.rpartition(".")[2] not in ran.out
    data = lkm("token", "inspect", "--json", token).json["data"]
    assert data["claims"]["name"] == "Ada"
    assert data["header"]["alg"] == "HS256"
    assert data["signature_bytes"] == 32
    assert "publish camera, nothing else" in data["may"]


def test_what_looks_wrong_is_a_warning(project: Path, lkm: Lkm) -> None:
    token = sign(HEAD, body(time.time(), {"room_join": True}, exp=int(time.time()) - 4 * 86400))
    ran = lkm("token", "inspect", stdin=token)
    assert ran.code == 0
    assert "it expired 4 days ago" in ran.out
    assert "write roomJoin" in ran.out


def test_what_cannot_be_read(project: Path, lkm: Lkm) -> None:
    ran = lkm("token", "inspect", "--json", stdin="not a token")
    assert ran.code == 1
    assert [found["id"] for found in ran.json["findings"]] == ["token.malformed"]


def test_control_characters_do_not_reach_the_terminal(project: Path, lkm: Lkm) -> None:
    evil = "ada\x1b]0;owned\x07\x1b[31m\u202e"
    token = sign(
        HEAD | {"kid": evil},
        body(time.time(), join(room=evil, extra=evil), sub=evil, metadata=evil, name=evil),
    )
    for command in ("inspect", "verify"):
        ran = lkm("token", command, stdin=token, env={"LIVEKIT_API_KEY": "k", "LIVEKIT_API_SECRET": "s" * 40})
        assert ran.out
        shown = set(ran.out + ran.err) - {"\n"}
        assert all(sign.isprintable() for sign in shown), sorted(
            sign for sign in shown if not sign.isprintable()
        )
    assert lkm("token", "inspect", "--json", stdin=token).json["data"]["claims"]["sub"] == evil


def test_bytes_that_no_output_could_encode(project: Path, lkm: Lkm) -> None:
    text = b'{"sub": "\\ud800", "\\udfff": "\xff", "n": 1e400, "deep": ' + b"[" * 3000 + b"]" * 3000 + b"}"
    token = sign(HEAD, text)
    assert lkm("token", "inspect", stdin=token).code == 0
    assert lkm("token", "inspect", "--json", stdin=token).code == 0
    assert lkm("token", "inspect", stdin=token, env={"PYTHONIOENCODING": "ascii"}).code == 0


def test_a_terminal_on_standard_input_is_not_waited_for(project: Path, clean_env: dict[str, str]) -> None:
    ours, theirs = pty.openpty()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "livekit_migrate", "token", "inspect"],
            stdin=theirs, cwd=project, env=clean_env, capture_output=True, text=True, check=False, timeout=99,
        )  # fmt: skip
    finally:
        os.close(ours)
        os.close(theirs)
    assert done.returncode == 2
    assert "which token?" in done.stderr
    assert "lkm token inspect < FILE" in done.stderr


def test_the_help_warns_of_the_process_list(lkm: Lkm) -> None:
    ran = lkm("token", "inspect", "--help")
    assert "process list" in " ".join(ran.out.split())
