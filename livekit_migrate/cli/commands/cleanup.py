"""`lkm cleanup`: an old stack, or a flag, out of an app."""

from __future__ import annotations

import shlex
from typing import Annotated

import typer

from ...core.result import Result
from ..base import Run, command, single
from ..cleanup_options import (
    AllowDirty,
    Apply,
    Check,
    Cut,
    EnvFiles,
    Folder,
    Force,
    Mark,
    Name,
    Old,
    Only,
    Patch,
    Skip,
    Twin,
    Unsafe,
    Value,
    Verify,
    VerifyTier,
)

HELP = "Take an old stack, or one flag, out of an app: code, dependencies, services."
ORDER = 9


def cleanup(
    run: Run,
    recipe: Annotated[
        str,
        typer.Argument(
            metavar="RECIPE", help="What goes: a name of `lkm cleanup list`, or a folder with a recipe."
        ),
    ],
    folder: Folder = None,
    *,
    apply: Apply = False,
    name: Name = [],  # noqa: B006 - typer's way of an option that comes several times
    value: Value = "true",
    old: Old = [],  # noqa: B006
    only: Only = [],  # noqa: B006
    skip: Skip = [],  # noqa: B006
    unsafe: Unsafe = False,
    cut: Cut = False,
    twin: Twin = False,
    mark: Mark = False,
    env_files: EnvFiles = False,
    patch: Patch = None,
    check: Check = False,
    verify: Verify = VerifyTier.parse,
    force: Force = False,
    allow_dirty: AllowDirty = False,
) -> Result:
    """Take an old stack out of an app, as a recipe describes it. A dry run unless --apply.

    Folds the flag to its value, takes out what that leaves without a use, files of the old stack that nothing
    reaches, dependencies, variables, services and ports; never what was unused before. What cannot be proven
    stays, and is listed for a person. All or nothing; `lkm undo` brings every byte back.

        lkm cleanup list                                         the recipes that there are

        lkm cleanup mediasoup --verify tsc                       what would go, checked by the app's own tsc

        lkm cleanup flag --name NEXT_PUBLIC_NEW_CALL --apply     one boolean flag out of a TypeScript app
    """
    from ..cleanup_run import Wanted, clean, listed

    if recipe == "list":
        return listed(run)
    return clean(
        run,
        Wanted(
            recipe=recipe,
            folder=folder,
            apply=apply,
            name=name,
            value=value,
            old=old,
            only=only,
            skip=skip,
            unsafe=unsafe,
            cut=cut,
            twin=twin,
            mark=mark,
            env_files=env_files,
            patch=patch,
            check=check,
            verify=verify,
            force=force,
            allow_dirty=allow_dirty,
            words=f"lkm cleanup {shlex.quote(recipe)}",
        ),
    )


app = single(command("cleanup", formats=True)(cleanup))
