"""The root command: finds the commands' files, runs one, ends every failure in its own way."""

from __future__ import annotations

import errno
import os
import re
import sys
from collections.abc import Sequence
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

# typer 0.28 carries its own click and re-exports only a part of it; the version is pinned below 0.29.
from typer._click.exceptions import NoArgsIsHelpError
from typer._click.exceptions import UsageError as ClickUsageError
from typer.core import TyperGroup

from .. import __version__
from ..core import exits
from ..core.errors import LkmError
from . import commands
from .base import context_settings, deliver, interrupted, markup, silence, unwritten

if TYPE_CHECKING:
    from ..core.result import Result


_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def command_names() -> list[str]:
    """Every command, by listing the folder; ``_`` in a file name is ``-`` on the command line."""
    # os.listdir and not pkgutil: that one costs 8 ms, a tenth of `lkm --help`.
    files = (name for folder in commands.__path__ for name in os.listdir(folder))  # noqa: PTH208
    return sorted(
        file[:-3].replace("_", "-") for file in files if file.endswith(".py") and not file.startswith("_")
    )


def _module(name: str) -> Any:
    return import_module(f"{commands.__name__}.{name.replace('-', '_')}")


_HELP = re.compile(r'^HELP = "([^"\\]*)"$', re.MULTILINE)
_ORDER = re.compile(r"^ORDER = (\d+)$", re.MULTILINE)


def heading(name: str) -> tuple[int, str]:
    """ORDER and HELP of a command, read off its file.

    Importing every command for the list would make `lkm --help` slower with each of them; a test holds
    what is read here equal to what the modules say.
    """
    for folder in commands.__path__:
        text = (Path(folder) / f"{name.replace('-', '_')}.py").read_text(encoding="utf-8")
        help_line, order = _HELP.search(text), _ORDER.search(text)
        if help_line and order:
            return int(order[1]), help_line[1]
    module = _module(name)
    return module.ORDER, module.HELP


class Root(TyperGroup):
    """Imports a command's file only when that command runs."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - typer calls it
        return sorted(command_names(), key=lambda name: (heading(name)[0], name))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 - typer calls it
        if cmd_name not in command_names():
            return None
        command = typer.main.get_command(_module(cmd_name).app)
        command.name = cmd_name
        command.short_help = _module(cmd_name).HELP
        return command

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """The list from the files' one-line HELP: no need to build each command for it."""
        listed = [(name, heading(name)[1]) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(listed)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        self.commands = dict.fromkeys(command_names())  # type: ignore[assignment]  # for "did you mean"
        return super().resolve_command(ctx, args)


def _version(value: bool) -> None:
    if value:
        sys.stdout.write(f"lkm {__version__}\n")
        raise typer.Exit


def _root(
    ctx: typer.Context,
    version: bool = typer.Option(  # noqa: ARG001 - its callback does it
        False, "--version", callback=_version, is_eager=True, help="Show the version."
    ),
) -> None:
    """Take a video-call app from Mediasoup to self-hosted LiveKit, and keep it healthy."""
    if ctx.invoked_subcommand is None:
        sys.stdout.write(ctx.get_help() + "\n")


def build() -> typer.Typer:
    """The typer application."""
    app = typer.Typer(
        cls=Root,
        name="lkm",
        invoke_without_command=True,
        add_completion=True,
        rich_markup_mode=markup(),
        pretty_exceptions_enable=False,
        context_settings=context_settings(),
        epilog="More: lkm help environment, lkm help exit-codes",
    )
    app.callback()(_root)
    return app


def run(argv: Sequence[str]) -> int:
    """Run one command line.

    Returns:
        The exit code; every way to end prints its own one message, or one JSON document with ``--json``.
    """
    _open_streams()
    code = _run(argv)
    # Here, and not when Python ends: that would name a Python object, and end with a code of its own.
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        silence()
    except OSError as error:
        return unwritten(error, code)
    return code


def _run(argv: Sequence[str]) -> int:
    name = _command_words(argv)
    try:
        return _dispatch(argv, name)
    except KeyboardInterrupt:
        return _end(interrupted(name), argv)
    except LkmError as error:
        from ..core.result import failure

        return _end(failure(name, error), argv)
    except BrokenPipeError:
        # The reader (head, less) of a stream went away: its end. What a Result says has its own code.
        silence()
        return exits.OK
    except Exception as error:
        if isinstance(error, OSError) and error.errno in _FULL:
            return unwritten(error, exits.OK)
        return _bug(name, error, argv)


def _dispatch(argv: Sequence[str], name: str) -> int:
    try:
        code = typer.main.get_command(build()).main(
            args=list(argv), prog_name="lkm", standalone_mode=False, complete_var="_LKM_COMPLETE"
        )
    except typer.Abort:
        raise KeyboardInterrupt from None
    except typer.Exit as leaving:
        return leaving.exit_code
    except SystemExit as leaving:
        if isinstance(leaving.__context__, BrokenPipeError):  # typer makes an exit with 1 of it
            raise leaving.__context__ from None
        raise
    except NoArgsIsHelpError as error:
        error.show()
        return exits.USAGE
    except ClickUsageError as error:
        return _usage(error, name, argv)
    return code if isinstance(code, int) else exits.OK


def _usage(error: ClickUsageError, name: str, argv: Sequence[str]) -> int:
    from ..core.result import ErrorInfo, Result

    path = error.ctx.command_path if error.ctx else "lkm"
    info = ErrorInfo("usage", error.format_message(), hint=f"{path} --help")
    return _end(Result(name, error=info, exit_code=exits.USAGE), argv)


def _bug(name: str, error: Exception, argv: Sequence[str]) -> int:
    """Log it, and say so in one line."""
    from ..core.crash import show_traceback, write_log
    from ..core.result import ErrorInfo, Result

    if os.environ.get("LKM_TRACEBACK"):
        show_traceback(error)
    log = write_log(error, name)
    info = ErrorInfo(
        "bug",
        f"this is a bug in lkm: {type(error).__name__}: {error}",
        detail=f"the traceback is in {log}" if log else "the traceback could not be written",
        hint="LKM_TRACEBACK=1 shows it here; please report it",
    )
    return _end(Result(name, error=info, exit_code=exits.BUG), argv)


def _end(result: Result, argv: Sequence[str]) -> int:
    return deliver(result, as_json=wants_json(argv), form=wants_format(argv))


def _open_streams() -> None:
    """A stream that the caller closed (``>&-``) is None; what is written there goes nowhere.

    And help has letters that not every stream has: no reason to fail.
    """
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115
    if getattr(sys.stdout, "errors", "") == "strict" and hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")


def wants_json(argv: Sequence[str]) -> bool:
    """Whether the answer must be JSON; looked for in the raw words, which may not parse."""
    words = list(argv)
    return "--json" in (words[: words.index("--")] if "--" in words else words)


def wants_format(argv: Sequence[str]) -> str | None:
    """The ``--format`` that the answer must have; looked for as ``wants_json`` does."""
    words = list(argv)
    words = words[: words.index("--")] if "--" in words else words
    given = [after for word, after in pairwise(words) if word == "--format"]
    given += [word.removeprefix("--format=") for word in words if word.startswith("--format=")]
    if not given:
        return None
    from ..ui.formats import names

    return next((word for word in given if word in names()), None)


def subcommand_names(app: Any) -> list[str]:
    """The subcommands of a command's typer, those that are imported late included."""
    late = getattr(app.info.cls, "LATE", {})
    return [*late, *(info.name for info in app.registered_commands)]


def _command_words(argv: Sequence[str]) -> str:
    words: list[str] = []
    for word in argv[:2]:
        if word.startswith("-"):
            break
        words.append(word)
    if not words or words[0] not in command_names():
        return "lkm"
    # The second word belongs to the name only where the command has subcommands.
    app = _module(words[0]).app
    names = subcommand_names(app)
    return " ".join(words) if len(words) > 1 and words[1] in names else words[0]
