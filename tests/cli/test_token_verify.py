"""`lkm token verify` as a user runs it."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import KEY, SECRET, Lkm, Ran, Server, free_port
from tests.fakes.tokens import HEAD, body, join, sign

ONLINE = ("token", "verify", "--timeout", "60")
CANARY = "canary-Zq8vR2nT5wXy7LmK3pJh6GdF9sBcA1eU"


@pytest.fixture
def keyed(project: Path) -> Path:
    (project / ".env").write_text(f"LIVEKIT_API_KEY={KEY}\nLIVEKIT_API_SECRET={SECRET}\n")
    return project


def ids(ran: Ran) -> list[tuple[str, str]]:
    return [(found["id"], found["status"]) for found in ran.json["findings"]]


def silent_about(token: str, ran: Ran) -> None:
    """Neither the token nor its signature nor a secret in what was printed."""
    for hidden in (token, token.rpartition(".")[2], SECRET, CANARY):
        assert hidden not in ran.out + ran.err


def test_what_lkm_makes_it_accepts(keyed: Path, lkm: Lkm) -> None:
    token = lkm("token", "-r", "demo", "-i", "ada").out
    ran = lkm("token", "verify", stdin=token)
    assert ran.code == 0
    assert "lets it join room demo as ada" in ran.out
    assert ran.err == ""
    silent_about(token.strip(), ran)
    assert ids(lkm("token", "verify", token.strip(), "--json")) == [("token.verdict", "ok")]
    assert ids(lkm("token", "verify", "--json", "-", stdin=token)) == [("token.verdict", "ok")]


def test_the_servers_reason_and_ours(keyed: Path, lkm: Lkm) -> None:
    now = time.time()
    expired = sign(HEAD, body(now, nbf=int(now) - 9000, exp=int(now) - 7230))
    ran = lkm("token", "verify", stdin=expired)
    assert ran.code == 1
    assert "it expired 2 h" in ran.out
    assert "livekit-server 1.13.5 answers 401: token has invalid claims: token is expired" in ran.out
    assert "lkm token --room" in ran.out
    silent_about(expired, ran)
    ran = lkm("token", "verify", "--json", stdin=expired)
    data = ran.json["data"]
    assert (data["accepted"], data["status"], data["reason"]) == (False, 401, "token.expired")
    assert data["claims"]["sub"] == "ada"
    assert data["key_origin"] == ".env:1"


def test_another_secret(keyed: Path, lkm: Lkm) -> None:
    token = sign(HEAD, body(time.time(), {"room": "demo"}), secret="another-secret-0123456789abcdefghijk")
    ran = lkm("token", "verify", "--json", stdin=token)
    assert ran.code == 1
    assert ids(ran)[:2] == [("token.signature", "fail"), ("token.no-join", "fail")]
    silent_about(token, ran)


def test_the_release_decides(keyed: Path, lkm: Lkm) -> None:
    token = sign(HEAD, body(time.time(), exp=...))
    ran = lkm("token", "verify", "--json", stdin=token)
    assert ran.code == 0
    assert ids(ran) == [("token.verdict", "ok"), ("token.no-exp", "warn")]
    ran = lkm("token", "verify", "--json", "--server-version", "1.13.6", stdin=token)
    assert ran.code == 1
    assert ids(ran) == [("token.no-exp", "fail")]
    (keyed / "lkm.toml").write_text('[server]\nversion = "1.11.0"\n')
    assert lkm("token", "verify", "--json", stdin=token).json["data"]["server_version"] == "1.11.0"
    assert ("token.newer-server", "info") in ids(
        lkm("token", "verify", "--json", "--server-version", "1.20.0", stdin=sign(HEAD, body(time.time())))
    )
    assert lkm("token", "verify", "--server-version", "1.2.3", stdin=token).code == 2


def test_a_room_that_was_asked_for(keyed: Path, lkm: Lkm) -> None:
    token = sign(HEAD, body(time.time()))
    assert lkm("token", "verify", "--room", "demo", stdin=token).code == 0
    ran = lkm("token", "verify", "--room", "other", "--json", stdin=token)
    assert ran.code == 1
    assert ids(ran) == [("token.verdict", "ok"), ("token.other-room", "fail")]


def test_without_a_key(project: Path, lkm: Lkm) -> None:
    ran = lkm("token", "verify", stdin=sign(HEAD, body(time.time())))
    assert ran.code == 4
    assert "lkm keys new" in ran.err


def test_a_weak_secret_is_said(project: Path, lkm: Lkm) -> None:
    (project / ".env").write_text(f"LIVEKIT_API_KEY={KEY}\nLIVEKIT_API_SECRET=short12\n")
    ran = lkm("token", "verify", "--json", stdin=sign(HEAD, body(time.time()), secret="short12"))
    assert ran.code == 0
    assert ("token.key", "warn") in ids(ran)
    assert "short12" not in ran.out


@pytest.mark.parametrize("form", ["Bearer {}", '"{}"\r\n', "LIVEKIT_TOKEN={}\n", '{{"token": "{}"}}'])
def test_what_was_taken_off_is_said(form: str, keyed: Path, lkm: Lkm) -> None:
    token = sign(HEAD, body(time.time()))
    ran = lkm("token", "verify", "--json", stdin=form.format(token))
    assert ran.code == 0
    assert ids(ran) == [("token.stripped", "info"), ("token.verdict", "ok")]


@pytest.mark.parametrize(
    ("stdin", "code", "said"),
    [
        ("", 2, "no token in it"),
        ("{}", 2, "await"),
        ("x" * 1_100_000, 2, "1,024 KiB"),
        ("a" * 900_000 + ".b.c", 1, "is not"),
        ("abc.def.ghi", 1, "not JSON"),
        ("eyJhbGciOiJIUzI1NiJ9", 1, "1 part between dots"),
    ],
)
def test_what_is_no_token(stdin: str, code: int, said: str, keyed: Path, lkm: Lkm) -> None:
    ran = lkm("token", "verify", stdin=stdin)
    assert ran.code == code
    assert said in ran.out + ran.err
    assert len(ran.out + ran.err) < 1000
    assert "Traceback" not in ran.err
    assert lkm("token", "verify", "--json", stdin=stdin).json["exit_code"] == code


def test_a_file_is_named_not_read(keyed: Path, lkm: Lkm) -> None:
    (keyed / "token.txt").write_text(sign(HEAD, body(time.time())))
    ran = lkm("token", "verify", "token.txt")
    assert ran.code == 2
    assert "lkm token verify < token.txt" in ran.err


def test_a_token_where_the_subcommand_belongs(keyed: Path, lkm: Lkm) -> None:
    token = sign(HEAD, body(time.time()))
    ran = lkm("token", token)
    assert ran.code == 2
    assert "lkm token verify" in ran.err
    silent_about(token, ran)


def test_options_go_after_the_subcommand(keyed: Path, lkm: Lkm) -> None:
    ran = lkm("token", "--room", "x", "verify", "a.b.c")
    assert ran.code == 2
    assert "--room" in ran.err
    assert "after verify" in ran.err
    assert lkm("token", "verifi", "a.b.c").err.count("verify") == 1


def test_a_secret_within_is_neither_shown_nor_passed_over(keyed: Path, lkm: Lkm) -> None:
    token = sign(HEAD, body(time.time(), metadata=f"the secret is {SECRET}"))
    for command in ("verify", "inspect"):
        for flags in ((), ("--json",), ("-v",)):
            ran = lkm("token", command, *flags, stdin=token)
            assert "API secret itself" in ran.out
            silent_about(token, ran)
    ran = lkm("token", "verify", "--json", stdin=token)
    assert ran.code == 1
    assert ids(ran) == [("token.verdict", "ok"), ("token.own-secret", "fail")]


def test_online_both_say_yes(livekit_server: Server, keyed: Path, lkm: Lkm) -> None:
    token = sign(HEAD, body(time.time()))
    ran = lkm(*ONLINE, "--json", "--url", livekit_server.url, stdin=token)
    assert ran.code == 0, ran.out
    assert ids(ran) == [("token.verdict", "ok"), ("token.online", "ok")]
    assert ran.json["data"]["online"]["status"] == 200
    ran = lkm(*ONLINE, "--online", stdin=token, env={"LIVEKIT_URL": livekit_server.url})
    assert ran.code == 0
    assert f"{livekit_server.url} accepts it" in ran.out


def test_online_both_say_no(livekit_server: Server, keyed: Path, lkm: Lkm) -> None:
    token = sign(HEAD, body(time.time(), join(room="")))
    ran = lkm(*ONLINE, "--json", "--url", livekit_server.url, stdin=token)
    assert ran.code == 1
    assert ids(ran) == [("token.no-room", "fail"), ("token.online", "fail")]
    assert ran.json["data"]["online"]["said"] == ran.json["data"]["said"] == "no room name"


def test_the_online_servers_words_come_without_the_token(
    livekit_server: Server, keyed: Path, lkm: Lkm
) -> None:
    # It repeats the token in its answer; this one does not look like a JWT to any mask.
    expired = body(time.time(), exp=int(time.time()) - 900, nbf=int(time.time()) - 1800)
    token = sign(b' {"alg": "HS256"}', expired)
    ran = lkm(*ONLINE, "--json", "--url", livekit_server.url, stdin=token)
    assert ran.code == 1
    data = ran.json["data"]
    assert data["online"]["said"] == data["said"] == "token has invalid claims: token is expired"
    silent_about(token, ran)


def test_online_disagrees(livekit_server: Server, project: Path, lkm: Lkm) -> None:
    (project / ".env").write_text(f"LIVEKIT_API_KEY={KEY}\nLIVEKIT_API_SECRET={CANARY}\n")
    token = sign(HEAD, body(time.time()), secret=CANARY)
    ran = lkm(*ONLINE, "--json", "--url", livekit_server.url, stdin=token)
    assert ran.code == 1
    assert ids(ran) == [("token.verdict", "ok"), ("token.online", "fail"), ("token.disagreement", "fail")]
    assert "another secret for this key" in ran.json["findings"][-1]["detail"]
    silent_about(token, ran)
    other = sign(HEAD, body(time.time()))
    ran = lkm(*ONLINE, "--json", "--url", livekit_server.url, stdin=other)
    assert ids(ran) == [("token.signature", "fail"), ("token.online", "ok"), ("token.disagreement", "fail")]


def test_online_without_a_key_here(livekit_server: Server, project: Path, lkm: Lkm) -> None:
    ran = lkm(*ONLINE, "--json", "--url", livekit_server.url, stdin=sign(HEAD, body(time.time())))
    assert ran.code == 0, ran.out
    assert ids(ran) == [("token.no-key", "skip"), ("token.verdict", "info"), ("token.online", "ok")]
    assert ran.json["data"]["accepted"] is None


def test_online_with_nobody_there(keyed: Path, lkm: Lkm) -> None:
    url = f"ws://127.0.0.1:{free_port()}"
    ran = lkm(*ONLINE, "--json", "--url", url, stdin=sign(HEAD, body(time.time())))
    assert ran.code == 1
    assert ids(ran) == [("token.verdict", "ok"), ("token.online", "fail")]
    assert "refused" in ran.json["findings"][-1]["title"]


def test_nothing_heavy_is_loaded(keyed: Path, clean_env: dict[str, str]) -> None:
    token = sign(HEAD, body(time.time()))
    code = (
        "import sys\nfrom livekit_migrate.cli.main import run\ncode = run(['token', 'verify'])\n"
        "heavy = {'rich', 'yaml', 'jwt', 'google.protobuf', 'livekit', 'aiohttp', 'httpx', 'docker', 'ssl', "
        "'socket', 'h11'}\nsys.exit(f'{code} {sorted(heavy & set(sys.modules))}')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=token, cwd=keyed, env=clean_env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stderr.strip() == "0 []"


def test_a_shell_that_hides_the_pair_which_fits(keyed: Path, lkm: Lkm) -> None:
    token = lkm("token", "-r", "demo").out
    other = {"LIVEKIT_API_SECRET": CANARY}
    ran = lkm("token", "verify", "-", stdin=token, env=other)
    assert ran.code == 1
    assert "the pair in .env fits" in ran.out
    assert ".env:2 is ignored: the shell's LIVEKIT_API_SECRET wins" in ran.out
    assert "unset LIVEKIT_API_SECRET" in ran.out
    silent_about(token.strip(), ran)
    # Not where neither fits, and not where the shell's does.
    foreign = lkm("token", "-r", "demo", env={"LIVEKIT_API_SECRET": f"{CANARY}2"}).out
    assert "fits" not in lkm("token", "verify", "-", stdin=foreign, env=other).out
    assert "fits" not in lkm("token", "verify", "-", stdin=token, env={"LIVEKIT_API_SECRET": SECRET}).out
