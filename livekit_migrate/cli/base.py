"""What every command shares: common options, one Result out, one rendering, one way to fail."""

from __future__ import annotations

import contextlib
import functools
import inspect
import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from ..core import exits
from ..core.errors import LkmError, UsageError
from ..core.report import Reporter, Silent

if TYPE_CHECKING:
    from ..core.result import Result
    from ..core.settings import Settings

_COMMON: tuple[tuple[str, Any, Any], ...] = (
    (
        "project_dir",
        Annotated[
            Path | None,
            typer.Option(
                "--project", "-C", metavar="DIR", help="Work as if started in DIR.", show_default=False
            ),
        ],
        None,
    ),
    ("as_json", Annotated[bool, typer.Option("--json", help="One JSON document on stdout (lkm/1).")], False),
    ("verbose", Annotated[bool, typer.Option("--verbose", "-v", help="Show all, with the evidence.")], False),
)


class Run:
    """One run of one command: its settings, its reporter, what the common options said."""

    def __init__(self, command: str, *, project_dir: Path | None, as_json: bool, verbose: bool) -> None:
        self.command = command
        self.as_json = as_json
        self.verbose = verbose
        self._project_dir = project_dir
        self._folder: Path | None = None
        self.reporter = Reporter()
        if not as_json:
            self.reporter = Reporter(_LazyTerminal())

    @property
    def root(self) -> Path | None:
        """The folder that findings' files are relative to: the project's, once the settings were read."""
        if self._folder is not None:
            return self._folder
        return self.settings.root if "settings" in vars(self) else None

    def started_in(self, folder: Path) -> Path:
        """A folder named as an argument, which the run is about instead of the project; absolute."""
        self._folder = Path(os.path.realpath((self._project_dir or Path()) / folder))
        return self._folder

    @functools.cached_property
    def settings(self) -> Settings:
        """The project's settings; reading them first finishes what a killed lkm left open."""
        from ..core.settings import load

        settings = load(self._project_dir)
        if os.path.lexists(settings.root / ".lkm" / "journal" / "open"):  # False where nobody may look
            from ..core.journal import recover

            for line in recover(settings.root):
                self.reporter.note(line)
        return settings


class _LazyTerminal:
    """The terminal listener, made (and rich imported) at the first thing there is to show."""

    @functools.cached_property
    def _shown(self) -> Any:
        from ..ui.terminal import Terminal

        return Terminal()

    def note(self, text: str) -> None:
        # A note alone is plain text: `lkm token` says who it made up without importing rich.
        if "_shown" in vars(self):
            self._guarded("note", text)
        else:
            with contextlib.suppress(OSError):
                write_notes([text])

    def __getattr__(self, name: str) -> Any:
        return functools.partial(self._guarded, name)

    def _guarded(self, name: str, *arguments: Any) -> None:
        try:
            getattr(self._shown, name)(*arguments)
        except (OSError, SystemExit):  # rich makes a SystemExit of a broken pipe
            # Nobody reads stderr any more: no reason to leave the work half done.
            vars(self)["_shown"] = Silent()


def write_notes(notes: Iterable[str]) -> None:
    """Chatter on stderr, secrets masked, where nothing else needs rich."""
    from ..core.secret import redact
    from ..ui.text import write

    for note in notes:
        write(sys.stderr, redact(note))
    sys.stderr.flush()


def _format_option() -> tuple[str, Any, Any]:
    """``--format``, with every format that there is."""
    from ..ui.formats import names

    found = names()
    text = f"Findings on stdout as {', '.join(found[:-1])} or {found[-1]} reads them, instead of words."
    option = typer.Option("--format", metavar="FORMAT", help=text, show_default=False)
    return "form", Annotated[Literal[tuple(found)] | None, option], None


def command(
    name: str, *, common: bool = True, formats: bool = False
) -> Callable[[Callable[..., Result]], Callable[..., None]]:
    """Make a function ``(run, **options) -> Result`` into what typer calls.

    Args:
        name: the words a user types: ``keys new``.
        common: add ``--project``, ``--json`` and ``--verbose``.
        formats: add ``--format``, for a command whose findings belong to files.
    """

    def wrap(function: Callable[..., Result]) -> Callable[..., None]:
        parameters = list(inspect.signature(function, eval_str=True).parameters.values())[1:]
        parameters += [
            inspect.Parameter(key, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)
            for key, kind, default in (*([_format_option()] if formats else []), *(_COMMON if common else ()))
        ]

        @functools.wraps(function)
        def invoke(**options: Any) -> None:
            # A group's own callback runs before its subcommands too; then it has nothing to do.
            # (The context is typer's own click Context, no typer.Context.)
            if getattr(options.get("ctx"), "invoked_subcommand", None):
                return
            run = Run(
                name,
                project_dir=options.pop("project_dir", None),
                as_json=options.pop("as_json", False),
                verbose=options.pop("verbose", False),
            )
            form = options.pop("form", None)
            try:
                if form and run.as_json:
                    text = f"--json and --format {form} are two forms of the same: one of them"
                    raise UsageError(text, code="usage", hint=f"lkm {name} --format {form}")
                result = function(run, **options)
            except LkmError as error:
                from ..core.result import failure

                result = failure(name, error)
            except KeyboardInterrupt:
                # Here, not in main: typer would turn it into a bare exit code on the way there.
                result = interrupted(name)
            result = _completed(result, run)
            raise typer.Exit(
                deliver(result, as_json=run.as_json, verbose=run.verbose, form=form, root=run.root)
            )

        invoke.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        # typer asks typing.get_type_hints, which reads these, not the signature.
        invoke.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        del invoke.__wrapped__
        return invoke

    return wrap


def with_options_of(
    other: Callable[..., Result], *, without: str
) -> Callable[[Callable[..., Result]], Callable[..., Result]]:
    """Let ``(run, **options) -> Result`` take the options of another command's function, all but one."""

    def wrap(function: Callable[..., Result]) -> Callable[..., Result]:
        signature = inspect.signature(other, eval_str=True)
        kept = [each for each in signature.parameters.values() if each.name != without]
        function.__signature__ = signature.replace(parameters=kept)  # type: ignore[attr-defined]
        return function

    return wrap


def _completed(result: Result, run: Run) -> Result:
    """The Result with what the reporter collected: steps, and for programs the notes too."""
    data = dict(result.data)
    if run.as_json and run.reporter.notes:
        data["notes"] = list(run.reporter.notes)
    return replace(result, steps=tuple(result.steps) or tuple(run.reporter.steps), data=data)


def interrupted(command: str) -> Result:
    """The Result of a command that Ctrl-C ended."""
    from ..core.result import ErrorInfo, Result

    return Result(command, error=ErrorInfo("interrupted", "stopped by Ctrl-C"), exit_code=exits.INTERRUPTED)


def deliver(
    result: Result,
    *,
    as_json: bool,
    verbose: bool = False,
    form: str | None = None,
    root: Path | None = None,
) -> int:
    """``show``, whatever becomes of the streams: what was done keeps its exit code."""
    try:
        if form and not as_json:
            return _show_as(form, result, root)
        return show(result, as_json=as_json, verbose=verbose)
    except (BrokenPipeError, SystemExit):  # the reader (head, less) has seen enough; rich makes an exit of it
        silence()
        return result.code
    except OSError as error:
        return unwritten(error, result.code)


def unwritten(error: OSError, code: int) -> int:
    """Say that stdout cannot be written (a full disk), and give the exit code for it."""
    silence()
    with contextlib.suppress(OSError):
        sys.stderr.write(f"the output cannot be written: {(error.strerror or str(error)).lower()}\n")
    return code or exits.NOT_READY


def silence() -> None:
    """Nothing more can be written to stdout, and nothing shall fail for it when Python ends."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def show(result: Result, *, as_json: bool, verbose: bool = False) -> int:
    """Render a Result and give its exit code."""
    if as_json:
        from ..ui.json import dumps

        utf8 = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
        sys.stdout.write(dumps(result, ascii_only=not utf8) + "\n")
        sys.stdout.flush()
    elif not (result.findings or result.tables or result.summary or result.error):
        # The short way: `lkm token` prints one line and must not import rich for it.
        if result.payload is not None:
            from ..ui.text import write

            write(sys.stdout, result.payload)
            sys.stdout.flush()
        write_notes(result.notes)
    else:
        from ..ui.terminal import render

        render(result, verbose=verbose)
    return result.code


def _show_as(form: str, result: Result, root: Path | None) -> int:
    """Render a Result in one of the formats; what went wrong also in words: stdout is often a file."""
    from ..ui.formats import Roots, render
    from ..ui.terminal import show_error
    from ..ui.text import fitted

    # Where the settings could not be read there are no findings, so nothing lies below the root.
    text = render(form, result, Roots.of(root or Path(os.sep)))
    sys.stdout.write(fitted(sys.stdout, text))
    sys.stdout.flush()
    write_notes(result.notes)
    if result.error:
        show_error(result.error)
    return result.code


def group(help_text: str, **options: Any) -> typer.Typer:
    """A typer for a command with subcommands, set up as all of ours are."""
    return typer.Typer(
        help=help_text,
        add_completion=False,
        no_args_is_help=options.pop("no_args_is_help", True),
        rich_markup_mode=markup(options.pop("least_columns", 60)),
        context_settings=context_settings(),
        **options,
    )


def single(function: Callable[..., None]) -> typer.Typer:
    """A typer for a command without subcommands."""
    app = typer.Typer(
        add_completion=False,
        rich_markup_mode=markup(),
        context_settings=context_settings(),
    )
    app.command(help=function.__doc__)(function)
    return app


def markup(least: int = 60) -> Any:
    """Rich help on a terminal only: it doubles the time of a piped --help.

    Args:
        least: columns below which its boxes would cut options' names off; plain help never does.
    """
    import shutil

    wide = shutil.get_terminal_size().columns >= least
    return "rich" if wide and sys.stdout.isatty() and os.environ.get("TERM") != "dumb" else None


def context_settings() -> dict[str, Any]:
    """-h as --help, and help as wide as the terminal, 100 columns at most."""
    import shutil

    return {
        "help_option_names": ["-h", "--help"],
        "terminal_width": min(shutil.get_terminal_size().columns, 100),
    }
