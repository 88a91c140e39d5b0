"""What people see, in a real terminal of a given width and through a pipe."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

DRIVER = """
import sys
from livekit_migrate.core.report import Reporter
from livekit_migrate.core.result import ErrorInfo, Finding, Fix, Location, Result, Table
from livekit_migrate.core.secret import Secret
from livekit_migrate.ui.terminal import Terminal, render
Secret("canary-secret-55aa")
reporter = Reporter(Terminal())
with reporter.step("starting livekit") as step:
    step.update("waiting for http://127.0.0.1:7880/ canary-secret-55aa")
    step.finish("ready [not markup] canary-secret-55aa")
reporter.note("wrote .env")
render(Result("x", findings=[
    Finding("a.one", "ok", "port 7880 answers", category="network", evidence={"rtt_ms": 0.3}),
    Finding("a.two", "fail", "UDP 7882 is dropped between this machine and the server", category="network",
            detail="because canary-secret-55aa", location=Location("livekit.yaml", 3),
            fix=Fix("open it", command="sudo ufw allow 7882/udp")),
    Finding("a.four", "fail", "it redirects", category="network", fix=Fix("use the address it redirects to",
            command="lkm health --url wss://livekit.example.com/a/long/path/to/it " + "y" * 60)),
    Finding("a.three", "warn", "[bold]not markup[/bold]", category="network"),
], tables=[Table(("service", "url"), (("livekit", "ws://127.0.0.1:7880/" + "x" * 60),)),
    Table(("id", "when", "command", ""), (("20260102-030405-abc", "2026-01-02 03:04",
          "lkm keys new --force with more words than fit", "taken back"),))],
   payload="payload", error=ErrorInfo("x", "it cannot be read", "why it cannot be read: " + "because " * 20,
   "look at it: ls -ld /srv/a/long/folder/name/that/no/terminal/holds " + "z" * 60)))
"""
COMMANDS = (
    "      lkm health --url wss://livekit.example.com/a/long/path/to/it " + "y" * 60,
    "  → look at it: ls -ld /srv/a/long/folder/name/that/no/terminal/holds " + "z" * 60,
)

URL = "livekit: ws://127.0.0.1:7880/" + "x" * 60


def in_terminal(columns: int, env: Mapping[str, str], *argv: str) -> str:
    """All that the driver, or another Python program, wrote to a terminal so wide, control sequences too."""
    import fcntl
    import struct
    import termios

    parent, child = pty.openpty()
    fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    base = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "TERM")}
    process = subprocess.Popen(
        [sys.executable, *(argv or ("-c", DRIVER))],
        stdin=child,
        stdout=child,
        stderr=child,
        env={**base, "TERM": "xterm-256color", **env},
        cwd=Path(__file__).resolve().parents[2],
    )
    os.close(child)
    seen = b""
    while select.select([parent], [], [], 60)[0]:
        try:
            chunk = os.read(parent, 65536)
        except OSError:
            break
        if not chunk:
            break
        seen += chunk
    os.close(parent)
    assert process.wait(60) == 0
    return seen.decode()


def visible(text: str) -> list[str]:
    """The lines a person is left with: control sequences gone, redrawn lines as last drawn."""
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)
    return [line.split("\r")[-1] for line in text.replace("\r\n", "\n").split("\n")]


def piped(env: Mapping[str, str]) -> tuple[str, str]:
    base = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR", "COLUMNS")}
    done = subprocess.run(
        [sys.executable, "-c", DRIVER],
        capture_output=True,
        env={**base, "TERM": "xterm-256color", "PYTHONIOENCODING": "utf-8", **env},
        cwd=Path(__file__).resolve().parents[2],
        check=True,
    )
    return done.stdout.decode(), done.stderr.decode()


LONG = """
import sys
from livekit_migrate.core.result import Finding, Fix
from livekit_migrate.ui.terminal import console, show_findings
why, do = "since " + "nobody knows " * 10, Fix("do " + "this and " * 12)
found = Finding("a.b", "fail", "it " + "is wrong " * 12, why, "app", fix=do)
show_findings(console(sys.stdout), [found], hidden=frozenset(), verbose=False)
"""


def test_what_belongs_to_a_line_stands_under_its_text() -> None:
    lines = [line.rstrip() for line in visible(in_terminal(80, {}, "-c", LONG)) if line.strip()]
    assert [line.removesuffix(re.sub(r"^ *([✗→] )?(fail )?", "", line)) for line in lines] == [
        "",
        "✗ fail ", " " * 7,
        " " * 4, " " * 4,
        "    → ", " " * 6,
        "",
    ]  # fmt: skip
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("columns", [40, 80])
def test_no_line_is_wider_than_the_terminal(columns: int) -> None:
    lines = visible(in_terminal(columns, {}))
    for command in COMMANDS:  # these are copied: cut in two, they would run as two
        lines.remove(command)
    if columns == 40:
        lines.remove(URL)
    assert max(map(len, lines)) <= columns
    joined = " ".join("".join(lines).split())
    assert "sudo ufw allow 7882/udp" in re.sub(r"\s+", " ", " ".join(lines))
    assert "service" in joined


@pytest.mark.parametrize("columns", [40, 80])
def test_a_table_can_be_read_and_copied_from_on_any_terminal(columns: int) -> None:
    lines = [line.rstrip() for line in visible(in_terminal(columns, {}))]
    if columns == 40:  # no room for columns: a line for each cell, and only sentences are folded
        start = lines.index("20260102-030405-abc")
        assert lines[start + 1 : start + 5] == [
            "  when: 2026-01-02 03:04",
            "  command: lkm keys new --force with",
            "  more words than fit",
            "  taken back",
        ]
        assert URL in lines
    else:
        (row,) = (line for line in lines if "20260102-030405-abc" in line)
        assert row.split()[:2] == ["20260102-030405-abc", "2026-01-02"]


def test_colour_only_where_wanted() -> None:
    colour = re.compile(r"\x1b\[[0-9;]*3[0-9]")
    assert colour.search(in_terminal(80, {}))
    assert not colour.search(in_terminal(80, {"NO_COLOR": "1"}))
    assert not colour.search("".join(piped({})))
    assert colour.search(piped({"FORCE_COLOR": "1"})[0])


def test_a_dumb_terminal_gets_plain_lines() -> None:
    assert "\x1b" not in in_terminal(80, {"TERM": "dumb"})


def test_data_goes_to_stdout_and_chatter_to_stderr() -> None:
    out, err = piped({})
    assert out.startswith("payload\n")
    assert "UDP 7882 is dropped" in out
    assert "starting livekit" not in out
    assert "starting livekit" in err
    assert "wrote .env" in err


def test_a_pipe_gets_whole_lines_and_no_animation() -> None:
    out, err = piped({})
    assert "\x1b" not in out + err
    assert "\r" not in out + err
    assert any("ws://127.0.0.1:7880/" + "x" * 60 in line for line in out.splitlines())
    assert "! warn [bold]not markup[/bold]" in out


def test_problems_only_and_one_count_line() -> None:
    out, _ = piped({})
    assert "port 7880 answers" not in out
    assert "1 ok, 1 warn, 2 fail" in out


def test_status_is_a_word_beside_the_mark_also_without_unicode() -> None:
    out, err = piped({"PYTHONIOENCODING": "ascii"})
    assert "x fail livekit.yaml:3: UDP 7882" in out
    assert "+ ok" in err


def test_secrets_are_masked_in_steps_findings_and_tables() -> None:
    assert "canary" not in "".join(piped({})) + in_terminal(80, {})


def test_the_fix_command_stands_alone_on_its_line() -> None:
    out, _ = piped({})
    assert "sudo ufw allow 7882/udp" in [line.strip() for line in out.splitlines()]


DOWNLOAD = """
from livekit_migrate.core.report import Reporter
from livekit_migrate.ui.terminal import Terminal
with Reporter(Terminal()).step("downloading livekit-server") as step:
    step.amount(13_000_000, 52_000_000)
"""


@pytest.mark.parametrize(("columns", "bar"), [(40, False), (80, True)])
def test_a_download_has_a_bar_where_there_is_room(columns: int, bar: bool) -> None:
    said = " ".join(re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", in_terminal(columns, {}, "-c", DOWNLOAD)).split())
    assert "13.0 MB of 52.0 MB (25 %)" in said
    assert ("━━━━━───────────────" in said) is bar


def test_help_is_plain_in_a_pipe_and_fits(lkm: Any) -> None:
    ran = lkm("help", "--help", env={"COLUMNS": "40"})
    assert ran.code == 0
    assert "\x1b" not in ran.out
    assert max(map(len, ran.out.splitlines())) <= 40


@pytest.mark.parametrize(("columns", "boxes"), [(40, False), (80, False), (120, True)])
def test_help_on_a_terminal_cuts_no_option_off(columns: int, boxes: bool) -> None:
    said = "\n".join(visible(in_terminal(columns, {}, "-m", "livekit_migrate", "token", "--help")))
    assert "…" not in said
    assert "--no-can-update-own-metadata" in re.sub(r"\s", "", said)
    assert ("─" in said) is boxes
