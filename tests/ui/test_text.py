"""Text on its way out: what steers a terminal is shown, what a stream lacks is replaced."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from livekit_migrate.core import journal
from livekit_migrate.core.changes import ChangeSet, change
from livekit_migrate.ui.text import fitted, visible
from tests.conftest import ROOT, Lkm

EVIL = "a\x1b]0;pwned\x07b\x9b31mc\x7fd\re\x00f"
HARMLESS = r"a\x1b]0;pwned\x07b\x9b31mc\x7fd\x0de\x00f"

DRIVER = f"""
from livekit_migrate.cli.base import show, write_notes
from livekit_migrate.core.report import Reporter
from livekit_migrate.core.result import ErrorInfo, Finding, Fix, Result, Table
from livekit_migrate.ui.terminal import Terminal
EVIL = {EVIL!r}
reporter = Reporter(Terminal())
with reporter.step(EVIL) as step:
    step.update(EVIL)
    step.finish(EVIL)
reporter.note(EVIL)
write_notes([EVIL])
show(Result("x", payload=EVIL), as_json=False)
show(Result("x", payload=EVIL, findings=[
    Finding("a", "fail", EVIL, EVIL, category=EVIL, evidence={{"k": EVIL}}, fix=Fix(EVIL, EVIL)),
], tables=[Table(("c",), ((EVIL,),))], error=ErrorInfo("c", EVIL, EVIL, EVIL)), as_json=False, verbose=True)
"""


def test_controls_are_shown_and_line_ends_stay() -> None:
    assert visible(EVIL) == HARMLESS
    assert visible("a\tb\nc\r\nd ü → 😀") == "a\tb\nc\r\nd ü → 😀"


def test_a_stream_gets_the_letters_it_has() -> None:
    latin = io.TextIOWrapper(io.BytesIO(), encoding="latin-1")
    assert fitted(latin, "ü → ✓ \udcff") == "ü -> ? ?"
    utf8 = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    assert fitted(utf8, "ü → ✓") == "ü → ✓"


@pytest.mark.parametrize("env", [{}, {"PYTHONIOENCODING": "latin-1"}, {"FORCE_COLOR": "1"}])
def test_nothing_that_was_said_steers_the_terminal(env: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", DRIVER],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **env},
        cwd=ROOT,
        check=True,
    )
    out = (done.stdout + done.stderr).decode("latin-1" if "PYTHONIOENCODING" in env else "utf-8")
    assert "\x1b]" not in out
    assert not {"\x07", "\x9b", "\x7f", "\x00", "\r"} & set(out)
    assert out.count(HARMLESS) >= 12


def test_work_that_was_done_is_told_on_any_stream(
    project: Path, lkm: Lkm, clean_env: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LKM_STATE_DIR", clean_env["LKM_STATE_DIR"])
    (project / "naïve→.ts").write_text("one → two\n", encoding="utf-8")
    journal.apply(ChangeSet("lkm x", project, (change(project / "naïve→.ts", "→ ✓\n".encode()),)))
    for argv in (["undo", "--diff"], ["undo"], ["status", "--help"]):
        done = subprocess.run(
            [sys.executable, "-m", "livekit_migrate", *argv],
            capture_output=True,
            env={**clean_env, "PYTHONIOENCODING": "latin-1"},
            cwd=project,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout
    assert (project / "naïve→.ts").read_text(encoding="utf-8") == "one → two\n"


def test_env_output_survives_eval_and_hides_the_password(project: Path, lkm: Lkm) -> None:
    url = "ws://user:pw$(touch${IFS}pwned)@h:7880/a;b"
    pair = {"LIVEKIT_API_KEY": "API;x y", "LIVEKIT_API_SECRET": "s'$x" * 10}
    for reveal in ([], ["--reveal"]):
        ran = lkm("status", "-o", "env", *reveal, env={**pair, "LIVEKIT_URL": url})
        assert ran.code == 0, ran.err
        assert ("touch" in ran.out) == bool(reveal)
        script = f'{ran.out}\nprintf "%s\\n" "$LIVEKIT_API_KEY" "$LIVEKIT_URL" "$LIVEKIT_API_SECRET"'
        done = subprocess.run(
            ["/bin/sh", "-c", script], capture_output=True, cwd=project, text=True, env={}, check=True
        )
        key, shown, secret = done.stdout.splitlines()
        assert key == pair["LIVEKIT_API_KEY"]
        assert (shown == url) == bool(reveal)
        assert shown.endswith("@h:7880/a;b")
        assert secret == (pair["LIVEKIT_API_SECRET"] if reveal else "")
        assert not (project / "pwned").exists()
    said = lkm("status", "-o", "env", "--json", env={**pair, "LIVEKIT_URL": url}).out
    assert "touch" not in said
