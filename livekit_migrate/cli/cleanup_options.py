"""The options of `lkm cleanup` and of its alias, described once."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated

import typer


class VerifyTier(enum.StrEnum):
    """How closely the result is looked at before anything is written."""

    none = "none"
    parse = "parse"
    tsc = "tsc"
    eslint = "eslint"
    knip = "knip"
    all = "all"


Folder = Annotated[
    Path | None,
    typer.Argument(metavar="[DIR]", help="The app's folder.", show_default="the project's"),
]
Apply = Annotated[bool, typer.Option("--apply", help="Do it; without this it is a dry run.")]
Name = Annotated[
    list[str],
    typer.Option("--name", metavar="NAME", help="The flag's variable, in place of the recipe's; repeatable."),
]
Value = Annotated[str, typer.Option("--value", metavar="TEXT", help="With --name: the value that stays.")]
Old = Annotated[
    list[str],
    typer.Option(
        "--old", metavar="PATH", help="A file or folder that goes whole, whatever else it does; repeatable."
    ),
]
Only = Annotated[
    list[str],
    typer.Option("--only", metavar="STEP", help="These steps (or rules, STEP.NAME) alone; repeatable."),
]
Skip = Annotated[
    list[str], typer.Option("--skip", metavar="STEP", help="All but these steps or rules; repeatable.")
]
Unsafe = Annotated[bool, typer.Option("--unsafe", help="Do what is graded unsafe, too.")]
Twin = Annotated[
    bool,
    typer.Option(
        "--twin", help="Rename what still uses the old objects to the new one that has each member."
    ),
]
Cut = Annotated[
    bool,
    typer.Option(
        "--cut",
        help="Let files of the old stack go although code that stays uses them; each such place is listed.",
    ),
]
Mark = Annotated[
    bool,
    typer.Option("--mark", help="Put a comment LKM-CLEANUP at each place for a person, to fail a build on."),
]
EnvFiles = Annotated[
    bool, typer.Option("--env-files", help="Take the flag out of real .env files, too, not only examples.")
]
Patch = Annotated[
    Path | None,
    typer.Option("--patch", metavar="FILE", help="Write the diff to FILE for git apply.", show_default=False),
]
Check = Annotated[bool, typer.Option("--check", help="Exit 1 while anything is left; for CI.")]
Verify = Annotated[
    VerifyTier,
    typer.Option("--verify", help="Compare before and after with the app's own tools, in a copy."),
]
Force = Annotated[bool, typer.Option("--force", help="With --apply: although the new path cannot work yet.")]
AllowDirty = Annotated[
    bool, typer.Option("--allow-dirty", help="With --apply: although files have changes not committed.")
]
