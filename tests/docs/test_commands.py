"""docs/commands.md is the help of every command, as the command line prints it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from livekit_migrate.cli.main import command_names
from tests.conftest import ROOT

HEAD = (
    "# Commands\n\nWritten from `lkm --help`; the tests hold it equal "
    "(`make test ARGS='tests/docs --update-golden'` rewrites it).\n"
)


def subcommands(name: str) -> Iterator[str]:
    from livekit_migrate.cli.main import _module, subcommand_names

    yield name
    app: Any = _module(name).app
    if app.registered_groups or app.registered_callback or len(app.registered_commands) > 1:
        yield from (f"{name} {sub}" for sub in subcommand_names(app))


def test_the_reference_is_what_the_commands_say(lkm: Any, golden: Callable[[str, str], None]) -> None:
    parts = [HEAD]
    for words in ["", *(words for name in command_names() for words in subcommands(name))]:
        ran = lkm(*words.split(), "--help", env={"COLUMNS": "90"})
        assert ran.code == 0, words
        parts.append(f"\n## lkm {words}".rstrip() + f"\n\n```text\n{ran.out.strip()}\n```\n")
    golden("../../docs/commands.md", "".join(parts))


def test_every_command_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name in command_names() if f"lkm {name}" not in readme] == []
