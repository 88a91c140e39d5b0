"""`lkm keys rotate`: its options, and how it tells what came of it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..core.errors import UsageError
from ..core.result import Finding, Fix, Location, Result, Table
from .base import Run, command

if TYPE_CHECKING:
    from ..livekit.key_search import Place
    from ..stack.rotate import Report

_SAID = {
    "none": "no rotation is under way",
    "begun": "begun: the server does not know the new key yet",
    "server-has-both": "the server knows both keys; .env still has the old one",
    "switched": "the server knows both keys, .env has the new one",
    "finishing": "the old key is being taken away",
    "aborting": "the new key is being taken away again",
}


@command("keys rotate")
def rotate(
    run: Run,
    *,
    finish: Annotated[bool, typer.Option("--finish", help="Take the old key away from the server.")] = False,
    status: Annotated[
        bool, typer.Option("--status", help="How far it is, and who names the old key.")
    ] = False,
    abort: Annotated[bool, typer.Option("--abort", help="Go back to the old key.")] = False,
    drain_timeout: Annotated[
        str | None,
        typer.Option(help="How long --finish and --abort wait for calls to end.", show_default="30s"),
    ] = None,
    timeout: Annotated[str, typer.Option(help="How long the server may take to become ready.")] = "30s",
) -> Result:
    """Replace the API key without an outage: add a second one, then take the first away with --finish.

    The server starts again with both keys: tokens made with the old one stay valid, and who is in a call
    comes back within about a second. Then .env gets the new key. Cut off at any point, the same command goes
    on from there.
    """
    from ..core.durations import parse
    from ..stack import rotate as rotation
    from ..stack.rotate_server import Options

    asked = [name for name, on in (("--finish", finish), ("--status", status), ("--abort", abort)) if on]
    if len(asked) > 1:
        raise UsageError(f"{' and '.join(asked)}: one at a time", code="rotate.options")
    if drain_timeout is not None and not (finish or abort):
        raise UsageError(
            "--drain-timeout is for --finish and --abort",
            code="rotate.options",
            detail="the first restart waits for nobody: participants come back by themselves",
        )
    drain = 30.0 if drain_timeout is None else parse(drain_timeout, "--drain-timeout")
    options = Options(drain=drain, timeout=parse(timeout, "--timeout"))
    if status:
        return _result(run, rotation.status(run.settings), told=True)
    do = rotation.finish if finish else rotation.abort if abort else rotation.rotate
    report = do(run.settings, run.reporter, options)
    for line in report.diff.splitlines() if not run.as_json else ():
        run.reporter.note(line)
    return _result(run, report, refused=finish or abort)


def _result(run: Run, report: Report, *, told: bool = False, refused: bool = False) -> Result:
    rotation = report.rotation
    data: dict[str, Any] = {
        "phase": report.phase,
        "done": report.done,
        "since": None if rotation is None else round(rotation.since, 3),
        "switched": None if rotation is None else rotation.switched,
        "old_key": None if rotation is None else rotation.old.key,
        "new_key": None if rotation is None else rotation.new.key,
        "server_keys": None if report.known is None else list(report.known),
        "naming": [_place(place) for place in report.naming],
        "files": list(report.files),
        "change": report.change or None,
        "diff": report.diff,
        "down_seconds": None if report.down is None else round(report.down, 3),
        "cut_off": {room: list(people) for room, people in report.cut_off.items()},
        "next": _next(report),
    }
    findings = _findings(report, "fail" if refused and not report.done else "warn")
    if report.cut_off:
        run.reporter.note(
            "of those in a call, whose token the server had renewed with the key that stays comes back by "
            "themselves; the others have to join again with a new token"
        )
    tables = [_table(report)] if told else []
    if not told:
        _tell(run, report, refused=refused)
    return Result(run.command, findings=findings, data=data, tables=tables, show_all=True)


def _tell(run: Run, report: Report, *, refused: bool) -> None:
    rotation = report.rotation
    if rotation is None:
        return
    if report.down is not None:
        back = "" if report.done and report.cut_off else "; participants come back by themselves"
        run.reporter.note(f"the server was away for {report.down:.1f} s{back}")
    if report.done:
        gone = rotation.leaving.key
        run.reporter.note(f"done: {rotation.staying.key} is the only key; tokens of {gone} are refused")
    else:
        kept = "; nothing was taken away" if report.naming and refused else ""
        run.reporter.note(_SAID[report.phase] + kept)
    for line in _next(report):
        run.reporter.note(f"next: {line}")


def _next(report: Report) -> list[str]:
    rotation = report.rotation
    if rotation is None:
        return ["lkm keys rotate"]
    if report.done:
        return ["restart the app: it reads .env when it starts"] if report.files else []
    if report.phase in ("begun", "server-has-both", "finishing"):
        return ["lkm keys rotate"]
    if report.phase == "aborting":
        return ["lkm keys rotate --abort"]
    lines = ["restart the app: it reads .env when it starts"]
    if report.naming:
        lines.append(f"write {rotation.staying.key} and its secret where the old pair still stands")
    lines.append("lkm keys rotate --finish, when tokens of the old key have run out (lkm token: 6 h)")
    return lines


def _place(place: Place) -> dict[str, Any]:
    return {
        "who": place.who,
        "role": place.role,
        "file": place.key_at.file or None,
        "line": place.key_at.line,
    }


def _findings(report: Report, status: Any) -> list[Finding]:
    if report.rotation is None:
        return []
    stays, leaves = report.rotation.staying.key, report.rotation.leaving.key
    found = []
    for place in report.naming:
        at = place.key_at
        what = f"{place.who} still has the key {leaves}"
        found.append(
            Finding(
                "keys.still-named",
                status,
                what if at.file else f"{what}: {at}",
                category="keys",
                location=Location(at.file, at.line) if at.file else None,
                evidence={"key": leaves, "role": place.role},
                fix=Fix(f"write {stays} there" + (" and its secret" if place.secret else "")),
            )
        )
    return found


def _table(report: Report) -> Table:
    rotation = report.rotation
    known = "no server of lkm's runs" if report.known is None else ", ".join(report.known) or "unknown"
    rows = [("rotation", _SAID[report.phase])]
    if rotation is not None:
        rows += [
            ("since", _when(rotation.since)),
            ("old key", rotation.old.key),
            ("new key", rotation.new.key),
        ]
        if rotation.switched:
            rows.append((".env switched", _when(rotation.switched)))
    rows.append(("server knows", known))
    rows += [("next", line) for line in _next(report)]
    return Table(("keys", ""), tuple(rows))


def _when(seconds: float) -> str:
    from ..core.durations import shown

    stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))
    return f"{stamp} ({shown(max(0.0, time.time() - seconds))} ago)"
