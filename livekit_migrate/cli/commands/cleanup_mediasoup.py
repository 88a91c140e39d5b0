"""`lkm cleanup-mediasoup`: `lkm cleanup mediasoup` in one word."""

from __future__ import annotations

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

HELP = "Take Mediasoup out after the move: the flag, the code, the dependencies, the services."
ORDER = 8


@command("cleanup-mediasoup", formats=True)
def cleanup_mediasoup(
    run: Run,
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
    """Take Mediasoup out of an app that calls on LiveKit by now. A dry run unless --apply.

    The same as `lkm cleanup mediasoup`: the flag is folded to LiveKit, what nothing uses any more goes, with
    dependencies, lockfiles, variables, services and ports. What cannot be proven stays, and is listed.
    """
    from ..cleanup_run import Wanted, clean

    return clean(
        run,
        Wanted(
            recipe="mediasoup",
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
            verify=verify.value,
            force=force,
            allow_dirty=allow_dirty,
            words="lkm cleanup-mediasoup",
        ),
    )


app = single(cleanup_mediasoup)
