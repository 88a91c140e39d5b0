"""The second half of `lkm demo`: a Mediasoup app taken to LiveKit and cleaned up, with nothing but Python."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from ..core.errors import LkmError
from ..core.paths import resource_root
from ..core.process import run
from ..core.report import Reporter
from ..stack.demo import gentle_signals

EXAMPLE = "examples/call-app"
SEAM = "apps/web/src/call/useCall.ts#useCall"
OLD = "apps/server/src/signaling"
_SECONDS = 300.0
_NOT_COPIED = shutil.ignore_patterns(
    "node_modules", ".next", "dist", "*.tsbuildinfo", ".env", ".env.local", ".lkm"
)


def play(reporter: Reporter, *, keep: Path | None) -> dict[str, Any]:
    """Scan, init, flag on, cleanup: each step is the command that a user types, in a copy of the example.

    Args:
        keep: the folder to leave the app in; None works in one that is gone afterwards.

    Returns:
        JSON values for ``Result.data``.

    Raises:
        LkmError: a step failed.
        KeyboardInterrupt: likewise the folder is gone; SIGTERM and SIGHUP end it in the same way.
    """
    base = keep or Path(tempfile.mkdtemp(prefix="lkm-demo-"))
    folder = base / "call-app"
    try:
        with gentle_signals():
            return _play(folder, base / "state", reporter)
    finally:
        if keep is None:
            shutil.rmtree(base, ignore_errors=True)


def _play(folder: Path, state: Path, reporter: Reporter) -> dict[str, Any]:
    shutil.copytree(resource_root() / EXAMPLE, folder, ignore=_NOT_COPIED)
    (folder / "lkm.toml").touch()
    app = _App(folder, state, reporter)
    found = app.step("scan")
    seen = found["summary"]
    app.say(
        f"Mediasoup in {seen['files_with_mediasoup']} files: {seen['sites']} imports, {seen['calls']} calls"
    )
    made = app.step("init", "--no-input", "--seam", SEAM)
    app.say(f"LiveKit beside it: {len(made['files'])} files written, {SEAM.partition('#')[2]} chooses")
    app.step("flag", "on")
    app.say("calls run on LiveKit from now on; lkm flag off is the way back")
    planned = app.step("cleanup-mediasoup", "--old", OLD)
    app.say(f"a dry run: {_told(planned)}")
    cleaned = app.step("cleanup-mediasoup", "--old", OLD, "--skip", "locks", "--apply")
    packages = ", ".join(cleaned["packages"])
    app.say(f"{_told(cleaned)}; every changed file parses")
    app.say(f"no more of {packages}")
    left = app.step("scan")
    rest = left["summary"]["sites"]
    app.say(f"imports of Mediasoup left: {rest}; lkm undo would bring all of it back")
    return {
        "sites_before": seen["sites"],
        "sites_after": rest,
        "packages": cleaned["packages"],
        "deleted": sum(each["action"] == "delete" for each in cleaned["files"]),
        "edited": sum(each["action"] != "delete" for each in cleaned["files"]),
        "folded": [planned["folded"], planned["references"]],
        "left": sum(not d["planned"] and not d["rule"].startswith("texts.") for d in planned["decisions"]),
    }


def _told(data: dict[str, Any]) -> str:
    deleted = sum(each["action"] == "delete" for each in data["files"])
    return f"{len(data['files']) - deleted} files edited, {deleted} deleted"


class _App:
    """The copy, and the commands that are run in it."""

    def __init__(self, folder: Path, state: Path, reporter: Reporter) -> None:
        self.folder, self.reporter = folder, reporter
        self.env = {**os.environ, "LKM_STATE_DIR": os.environ.get("LKM_STATE_DIR") or str(state)}
        self._step: Any = None
        self._said = ""

    def step(self, *words: str) -> dict[str, Any]:
        """Run one command; its ``data``.

        Raises:
            LkmError: it failed.
        """
        with self.reporter.step(f"lkm {' '.join(words)}") as progress:
            argv = [sys.executable, "-m", "livekit_migrate", *words, "--json"]
            done = run(argv, cwd=self.folder, env=self.env, timeout=_SECONDS)
            try:
                document = json.loads(done.stdout)
            except ValueError:
                document = {"error": {"message": done.tail or f"exit code {done.code}"}}
            if document.get("error"):
                raise LkmError(
                    f"lkm {' '.join(words)}: {document['error']['message']}",
                    code="demo.step",
                    hint="lkm demo --keep leaves the app for a closer look",
                )
            progress.finish("done" if done.ok else "with findings")
        data: dict[str, Any] = document["data"]
        return data

    def say(self, text: str) -> None:
        """What came of the step."""
        self.reporter.note(f"  {text}")
