"""`--format`: one document on stdout, also when the command fails, is misused, or has a bug."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from livekit_migrate.cli import main as cli_main
from livekit_migrate.core import exits


@pytest.fixture
def half(project: Path) -> Path:
    """A project whose `keys check` has an error to tell."""
    (project / ".env").write_text("LIVEKIT_API_KEY=k\n")
    return project


def test_sarif_of_a_command_that_fails(lkm: Any, half: Path) -> None:
    ran = lkm("keys", "check", "--format", "sarif")
    assert ran.code == exits.CONFIG
    invocation = json.loads(ran.out)["runs"][0]["invocations"][0]
    assert invocation["exitCode"] == exits.CONFIG
    assert invocation["toolExecutionNotifications"][0]["descriptor"] == {"id": "keys.missing"}
    # The document often goes into a file: whoever reads the log is told too.
    assert "there is no key in any place" in ran.err


def test_github_of_a_command_that_fails(lkm: Any, half: Path) -> None:
    ran = lkm("keys", "check", "--format=github")
    assert ran.code == exits.CONFIG
    assert ran.out.startswith("::error title=lkm keys check::there is no key")
    assert ran.out.count("\n") == 1


@pytest.mark.parametrize("argv", [["--format", "sarif", "--no-such"], ["--format=sarif", "-C", "/no/such"]])
def test_misuse_under_sarif_is_a_document(lkm: Any, argv: list[str]) -> None:
    ran = lkm("keys", "check", *argv)
    assert ran.code == exits.USAGE
    invocation = json.loads(ran.out)["runs"][0]["invocations"][0]
    assert invocation["executionSuccessful"] is False
    assert invocation["exitCode"] == exits.USAGE
    assert "no" in ran.err


def test_an_unknown_format_lists_those_that_there_are(lkm: Any) -> None:
    ran = lkm("keys", "check", "--format", "xml")
    assert ran.code == exits.USAGE
    assert ran.out == ""
    assert "'xml' is not one of 'github', 'html', 'junit', 'md', 'sarif'" in ran.err


def test_json_and_format_exclude_each_other(lkm: Any) -> None:
    ran = lkm("keys", "check", "--json", "--format", "sarif")
    assert ran.code == exits.USAGE
    assert ran.json["error"]["code"] == "usage"
    assert "--json and --format sarif" in ran.json["error"]["message"]


def test_the_formats_of_tokens_are_their_own(lkm: Any) -> None:
    ran = lkm("token", "--format", "sarif")
    assert ran.code == exits.USAGE
    assert "'lines', 'json', 'env'" in ran.err


def test_a_bug_under_sarif_is_a_document(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: Any, **__: Any) -> int:
        raise RuntimeError("boom")

    monkeypatch.setenv("LKM_STATE_DIR", str(tmp_path))
    monkeypatch.setattr(cli_main, "_dispatch", broken)
    assert cli_main.run(["keys", "check", "--format", "sarif"]) == exits.BUG
    out, err = capsys.readouterr()
    assert json.loads(out)["runs"][0]["invocations"][0]["exitCode"] == exits.BUG
    assert "this is a bug in lkm: RuntimeError: boom" in err


def test_a_word_after_a_double_dash_is_no_format() -> None:
    assert cli_main.wants_format(["x", "--", "--format", "sarif"]) is None
    assert cli_main.wants_format(["x", "--format", "lines"]) is None
    assert cli_main.wants_format(["x", "--format=github"]) == "github"
