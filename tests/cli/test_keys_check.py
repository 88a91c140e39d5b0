"""`lkm keys check` as a user runs it, against the real server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, Lkm, Ran, Server, free_port

CHECK = ("keys", "check", "--timeout", "60")
SECRET = "canary-Zq8vR2nT5wXy7LmK3pJh6GdF9sBcA1eU"
OTHER = "another-Zq8vR2nT5wXy7LmK3pJh6GdF9sBcA1e"


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def env(server: Server, *, secret: str | None = None) -> str:
    secret = secret or server.secret
    return f"LIVEKIT_URL={server.url}\nLIVEKIT_API_KEY={server.key}\nLIVEKIT_API_SECRET={secret}\n"


def by_id(ran: Ran) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for finding in ran.json["findings"]:
        found.setdefault(finding["id"], []).append(finding)
    return found


def test_the_apps_key_opens_the_server(project: Path, lkm: Lkm, livekit_server: Server) -> None:
    write(project / ".env", env(livekit_server))
    ran = lkm(*CHECK, "--json")
    assert ran.code == 0, ran.out
    (opens,) = by_id(ran)["keys.opens"]
    assert opens["status"] == "ok"
    (place,) = ran.json["data"]["places"]
    assert (place["key"], place["key_at"], place["secret_at"]) == (livekit_server.key, ".env:2", ".env:3")
    assert place["opens"] is True
    assert ran.json["data"]["url"] == livekit_server.url


def test_a_wrong_secret_and_an_unknown_key_are_told_apart(
    project: Path, lkm: Lkm, livekit_server: Server
) -> None:
    write(project / ".env", env(livekit_server, secret=SECRET))
    write(project / "apps/api/.env", f"LIVEKIT_API_KEY=APInobody\nLIVEKIT_API_SECRET={OTHER}\n")
    ran = lkm(*CHECK, "--json")
    assert ran.code == 1
    answers = {one["evidence"]["key"]: one["evidence"]["answer"] for one in by_id(ran)["keys.opens"]}
    assert answers == {livekit_server.key: "secret-differs", "APInobody": "key-unknown"}
    for secret in (SECRET, OTHER):
        assert secret not in ran.out + ran.err


def test_the_two_that_differ_are_named_with_their_lines(project: Path, lkm: Lkm) -> None:
    write(project / ".env", f"# app\nLIVEKIT_API_KEY=APIone\nLIVEKIT_API_SECRET={SECRET}\n")
    write(
        project / "docker-compose.yml",
        "services:\n  livekit:\n    image: livekit/livekit-server:v1.13.5\n    environment:\n"
        f'      LIVEKIT_KEYS: "APIone: {OTHER}"\n',
    )
    ran = lkm(*CHECK, "--json")
    assert ran.code == 1
    (finding,) = by_id(ran)["keys.secret-differs"]
    assert finding["location"] == {"file": ".env", "line": 3, "column": None}
    assert finding["evidence"]["places"] == [".env:3", "docker-compose.yml:5"]
    shown = lkm(*CHECK)
    assert "docker-compose.yml:5" in shown.out
    assert "the secret differs" in shown.out
    for text in (ran.out, ran.err, shown.out, shown.err):
        assert SECRET not in text
        assert OTHER not in text


def test_a_key_that_is_filled_in_from_env_is_the_same(project: Path, lkm: Lkm) -> None:
    # Not the default URL, on which this machine may well have a LiveKit of its own.
    write(
        project / ".env",
        f"LIVEKIT_API_KEY=APIone\nLIVEKIT_API_SECRET={SECRET}\nPOSTGRES_PASSWORD=x\n"
        f"LIVEKIT_URL=ws://127.0.0.1:{free_port()}\n",
    )
    stack = (ROOT / "docker-compose.yml").read_text()
    line = next(number for number, text in enumerate(stack.splitlines(), 1) if "LIVEKIT_KEYS:" in text)
    write(project / "docker-compose.yml", stack)
    write(project / "livekit.yaml", (ROOT / "livekit.yaml").read_text())
    ran = lkm(*CHECK, "--json")
    assert ran.code == 0, ran.out
    (server,) = (place for place in ran.json["data"]["places"] if place["role"] == "server")
    assert server["key_at"] == f"docker-compose.yml:{line} (from .env:1, .env:2)"
    # The shell wins in Compose; the app that reads .env alone then has another key than the server.
    shell = lkm(*CHECK, "--json", env={"LIVEKIT_API_KEY": "APIshell", "LIVEKIT_API_SECRET": OTHER})
    assert shell.code == 1
    (differs,) = by_id(shell)["keys.key-differs"]
    assert differs["location"]["file"] == ".env"
    assert "LIVEKIT_API_KEY (shell)" in differs["detail"]


def test_no_key_at_all_is_exit_4_with_the_next_command(project: Path, lkm: Lkm) -> None:
    ran = lkm(*CHECK, "--json")
    assert (ran.code, ran.json["error"]["code"]) == (4, "keys.missing")
    assert "lkm keys new" in ran.json["error"]["hint"]


def test_a_server_that_is_away_is_a_skip_with_the_reason(project: Path, lkm: Lkm) -> None:
    write(
        project / ".env",
        f"LIVEKIT_URL=ws://127.0.0.1:9\nLIVEKIT_API_KEY=APIone\nLIVEKIT_API_SECRET={SECRET}\n",
    )
    ran = lkm(*CHECK, "--json")
    assert ran.code == 0
    (opens,) = by_id(ran)["keys.opens"]
    assert (opens["status"], opens["detail"]) == ("skip", "nothing listens there (connection refused)")


def test_url_asks_another_server(project: Path, lkm: Lkm, livekit_server: Server) -> None:
    write(
        project / ".env",
        f"LIVEKIT_URL=wss://nowhere.invalid\nLIVEKIT_API_KEY={livekit_server.key}\n"
        f"LIVEKIT_API_SECRET={livekit_server.secret}\n",
    )
    ran = lkm(*CHECK, "--url", livekit_server.url, "--json")
    assert ran.code == 0, ran.out
    assert by_id(ran)["keys.opens"][0]["status"] == "ok"
    assert lkm(*CHECK, "--url", "nonsense://x").code == 2


@pytest.mark.parametrize("what", ["directory", "fifo", "latin1", "quote"])
def test_a_file_that_cannot_be_read_is_named_and_does_not_stop_the_rest(
    what: str, project: Path, lkm: Lkm, livekit_server: Server
) -> None:
    import os

    write(project / ".env", env(livekit_server))
    bad = project / "apps" / "web" / ".env"
    bad.parent.mkdir(parents=True)
    if what == "directory":
        bad.mkdir()
        assert lkm(*CHECK).code == 0
        return
    if what == "fifo":
        os.mkfifo(bad)
    elif what == "latin1":
        bad.write_bytes(b"NAME=M\xfcller\n")
    else:
        bad.write_text(f'LIVEKIT_API_KEY=APIx\nLIVEKIT_API_SECRET="abc${SECRET}"\n')
    ran = lkm(*CHECK, "--json")
    assert ran.code == 0, ran.out
    named = [one for one in ran.json["findings"] if (one["location"] or {}).get("file") == "apps/web/.env"]
    assert named
    assert {one["status"] for one in named} == {"warn"}
    assert SECRET not in ran.out
    assert by_id(ran)["keys.opens"][0]["status"] == "ok"


def test_the_running_server_of_the_project_counts(native: Any) -> None:
    assert native.up().code == 0
    assert native.lkm(*CHECK).code == 0
    assert native.lkm("keys", "new", "--force").code == 0
    ran = native.lkm(*CHECK, "--json")
    assert ran.code == 1
    ids = by_id(ran)
    assert "running server" in ids["keys.key-differs"][0]["title"]
    assert native.lkm("restart", "--no-media").code == 0
    assert native.lkm(*CHECK).code == 0
