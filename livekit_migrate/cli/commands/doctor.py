"""`lkm doctor`: say why calls do not connect, before anyone tries one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...core.errors import LkmError, UsageError
from ...core.result import Result
from ..base import Run, command, group
from ..doctor_group import DoctorGroup
from ..limits import timeout as limit_of

if TYPE_CHECKING:
    from ...core.settings import Settings
    from ...doctor.session import Session

HELP = "Say why calls do not connect, and what to change."
ORDER = 41


@command("doctor", formats=True)
def _doctor(  # noqa: PLR0917 - options, all of them named
    run: Run,
    ctx: typer.Context,  # noqa: ARG001 - tells the group's callback that a subcommand follows
    url: Annotated[
        str | None,
        typer.Option(
            "--url", metavar="URL", help="Look at this server, with no project at all.", show_default=False
        ),
    ] = None,
    key_from_env: Annotated[
        bool,
        typer.Option(
            "--key-from-env", help="With --url: sign with LIVEKIT_API_KEY and its secret of the environment."
        ),
    ] = False,
    fix: Annotated[bool, typer.Option("--fix", help="Mend what is safe to mend, then look again.")] = False,
    unsafe: Annotated[
        bool, typer.Option("--unsafe", help="With --fix: mend the rest, too; shows the diff.")
    ] = False,
    list_checks: Annotated[bool, typer.Option("--list", help="List the checks.")] = False,
    only: Annotated[
        list[str] | None,
        typer.Option(
            "--only", metavar="ID", help="Only this check or category; may be repeated.", show_default=False
        ),
    ] = None,
    skip: Annotated[
        list[str] | None,
        typer.Option(
            "--skip", metavar="ID", help="Not this check or category; may be repeated.", show_default=False
        ),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 for warnings, too.")] = False,
    offline: Annotated[bool, typer.Option("--offline", help="Ask no other machine.")] = False,
    timeout: Annotated[
        str | None,
        typer.Option(
            "--timeout",
            metavar="TIME",
            help="Limit for all checks of the network together; default 5s.",
            show_default=False,
        ),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Wait for checks that take long.")] = False,
    build: Annotated[bool, typer.Option("--build", help="Also try whether the images can be built.")] = False,
    report: Annotated[
        bool, typer.Option("--report", help="Markdown for an issue tracker, secrets masked.")
    ] = False,
) -> Result:
    """Say why calls do not connect, before anyone tries one: machine, Docker, project, env, configuration,
    running stack, app code, security; or with --url any LiveKit server in the world.

    Shows the problems, what causes others first, each with the command or edit that mends it; -v shows all.
    Exit code 1 when something fails (with --strict for warnings, too), 3 when the machine or the folder is
    not ready, 5 when the time was over before all of --url was tried. `lkm doctor explain ID` says more
    about one check.
    """
    if list_checks:
        return _list(run)
    if unsafe and not fix:
        raise UsageError("--unsafe: only with --fix", code="usage", hint="lkm doctor --fix --unsafe")
    if url is not None and (fix or build):
        raise UsageError("--fix and --build are for a project, not for --url", code="usage")
    if key_from_env and url is None:
        raise UsageError("--key-from-env: only with --url", code="usage", hint="lkm doctor --url wss://…")
    from ...doctor.context import Asked
    from ...doctor.report import as_result
    from ...doctor.session import examine

    settings = _settings(run, url)
    run.reporter.note(f"looking at {url or (settings and settings.root)} …")
    asked = Asked(
        settings, url, key_from_env, offline, everything, build, 5.0 if timeout is None else limit_of(timeout)
    )  # fmt: skip
    session = examine(asked, run.reporter, only=only or (), skip=skip or (), fix=fix, unsafe=unsafe)
    result = as_result(run.command, session.context, session.outcomes, asked=session.asked, strict=strict)
    if fix:
        result = _with(result, mended=_mended(session))
    return _as_report(run, session, result) if report else result


def _settings(run: Run, url: str | None) -> Settings | None:
    try:
        return run.settings
    except LkmError:
        if url is None:
            raise
        return None  # a server elsewhere has nothing to do with the folder that this happens to run in


def _list(run: Run) -> Result:
    from ...core.result import Table
    from ...doctor.registry import all_checks
    from ...doctor.report import described

    checks = all_checks()
    rows = tuple((check.id, check.title, ", ".join(sorted(check.modes))) for check in checks)
    table = Table(("check", "what holds when all is well", "asked by"), rows)
    return Result(run.command, tables=(table,), data={"checks": [described(check) for check in checks]})


def _with(result: Result, **more: Any) -> Result:
    from dataclasses import replace

    return replace(result, data={**result.data, **more})


def _mended(session: Session) -> dict[str, Any]:
    it = session.mended
    return {
        "findings": list(it.findings), "files": list(it.files), "changes": list(it.changes), "diff": it.diff
    }  # fmt: skip


def _as_report(run: Run, session: Session, result: Result) -> Result:
    """The same as a page of Markdown, on stdout."""
    from dataclasses import replace

    from ...doctor.bundle import document
    from ...ui.formats import Roots, render

    page = replace(result, document=document(session, result))
    text = render(
        "md", page, Roots.of(session.context.root if session.context.asked.settings else _nowhere())
    )
    if run.as_json:
        return _with(result, report=text)
    return Result(run.command, payload=text.rstrip("\n"), exit_code=result.code)


def _nowhere() -> Any:
    from pathlib import Path

    return Path.cwd()


app = group(HELP, cls=DoctorGroup, invoke_without_command=True, no_args_is_help=False)
app.callback(help=_doctor.__doc__)(_doctor)
