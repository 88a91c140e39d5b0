"""The machine output contract: one JSON document on stdout, whatever happens."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from livekit_migrate.cli import main as cli_main
from livekit_migrate.core import exits
from livekit_migrate.core.errors import ConfigError
from livekit_migrate.core.result import ErrorInfo, Finding, Fix, Location, Result, Step
from livekit_migrate.core.secret import Secret
from livekit_migrate.ui.json import document

FULL = Result(
    "config lint",
    findings=[
        Finding(
            "config.unknown-key",
            "fail",
            "unknown key",
            detail="the server refuses it",
            category="config",
            location=Location("livekit.yaml", 3, 1),
            evidence={"key": "udp_prot"},
            fix=Fix("rename it", command="lkm config lint --fix", safe=True),
            seconds=0.01234567,
        ),
        Finding("config.port", "ok", "port 7880"),
    ],
    steps=[Step("read", "ok", 0.5, "livekit.yaml")],
    data={"file": "livekit.yaml"},
    error=ErrorInfo("x.y", "message", "detail", "hint"),
)


def test_every_key_of_the_contract_is_pinned(golden: Any) -> None:
    golden("contract.json", json.dumps(document(FULL), indent=1) + "\n")


@pytest.mark.parametrize(
    ("argv", "code", "error"),
    [
        (["help", "exit-codes", "--json"], exits.OK, None),
        (["help", "nothing", "--json"], exits.USAGE, "usage"),
        (["help", "--no-such-option", "--json"], exits.USAGE, "usage"),
        (["--json", "no-such-command"], exits.USAGE, "usage"),
        (["undo", "--list", "--json", "--project", "/no/such/folder"], exits.USAGE, "project.missing"),
    ],
)
def test_one_document_also_when_the_arguments_are_wrong(
    lkm: Any, argv: list[str], code: int, error: str | None
) -> None:
    ran = lkm(*argv)
    assert ran.code == code
    assert ran.out.count("\n") == 1
    assert set(ran.json) == {"schema", "command", "ok", "exit_code", "findings", "steps", "data", "error"}
    assert ran.json["exit_code"] == code
    assert ran.json["ok"] is (code == 0)
    assert (ran.json["error"] or {}).get("code") == error
    assert ran.err == ""


def test_json_as_the_value_after_a_double_dash_is_no_flag() -> None:
    assert not cli_main.wants_json(["token", "--", "--json"])
    assert cli_main.wants_json(["token", "--json", "--"])


def test_a_failed_command_keeps_its_json_whole(lkm: Any, project: Path) -> None:
    (project / "lkm.toml").write_text("[ports]\nsignal = 'x'\n")
    ran = lkm("undo", "--list", "--json")
    assert ran.code == exits.CONFIG
    assert ran.json["error"]["code"] == "settings.value"
    assert ran.json["error"]["message"].startswith("lkm.toml:2: ports.signal: 'x' is not a port")


def _crash(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, error: BaseException) -> None:
    def broken(*_: Any, **__: Any) -> int:
        raise error

    monkeypatch.setenv("LKM_STATE_DIR", str(tmp_path))
    monkeypatch.setattr(cli_main, "_dispatch", broken)


def test_a_bug_is_one_json_document_and_exit_70(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = Secret("canary-secret-7d1f0c")
    _crash(monkeypatch, tmp_path, RuntimeError(f"boom {secret.reveal()}"))
    assert cli_main.run(["help", "--json"]) == exits.BUG
    out, err = capsys.readouterr()
    assert err == ""
    said = json.loads(out)
    assert said["error"]["code"] == "bug"
    logs = list((tmp_path / "crashes").glob("*.log"))
    assert len(logs) == 1
    assert str(logs[0]) in said["error"]["detail"]
    assert "RuntimeError" in logs[0].read_text()
    assert "canary" not in out + logs[0].read_text()


def test_a_bug_shows_no_traceback_unless_asked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _crash(monkeypatch, tmp_path, RuntimeError("boom"))
    assert cli_main.run(["help"]) == exits.BUG
    assert "Traceback" not in capsys.readouterr().err
    monkeypatch.setenv("LKM_TRACEBACK", "1")
    assert cli_main.run(["help"]) == exits.BUG
    assert "Traceback" in capsys.readouterr().err


def test_a_users_error_names_what_why_and_next(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _crash(monkeypatch, tmp_path, ConfigError("a.yaml:3: what", code="a.b", detail="why", hint="lkm next"))
    assert cli_main.run(["help"]) == exits.CONFIG
    out, err = capsys.readouterr()
    assert out == ""
    assert [line.strip() for line in err.splitlines()] == ["✗ fail a.yaml:3: what", "why", "→ lkm next"]
    assert not (tmp_path / "crashes").exists()


def test_ctrl_c_is_exit_130(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _crash(monkeypatch, tmp_path, KeyboardInterrupt())
    assert cli_main.run(["help", "--json"]) == exits.INTERRUPTED
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "interrupted"


def test_the_command_list_is_complete(lkm: Any, golden: Any) -> None:
    golden("help.txt", lkm("--help", env={"COLUMNS": "100"}).out)


def test_an_unknown_command_offers_the_nearest(lkm: Any) -> None:
    ran = lkm("hepl")
    assert ran.code == exits.USAGE
    assert "'help'" in ran.err
    assert ran.out == ""


def test_the_reader_of_a_pipe_may_leave(clean_env: dict[str, str], project: Path) -> None:
    import subprocess
    import sys

    done = subprocess.run(
        ["sh", "-c", f"{sys.executable} -m livekit_migrate help environment | head -n 1; exit 0"],
        env=clean_env,
        cwd=project,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("variable")
    assert done.stderr == ""
