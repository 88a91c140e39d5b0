"""`lkm doctor explain`: what one check is about."""

from __future__ import annotations

from typing import Annotated

import typer

from ..core.result import Result
from .base import Run, command


@command("doctor explain")
def explain(
    run: Run,
    check: Annotated[str, typer.Argument(metavar="ID", help="The check, as `lkm doctor --list` names it.")],
) -> Result:
    """Say of one check why it matters, what to look for by hand, how it is mended, and where that is from."""
    from ..core.document import Document
    from ..doctor.explain import blocks
    from ..doctor.registry import get
    from ..doctor.report import described

    found = get(check)
    return Result(
        run.command,
        data={"check": described(found)},
        summary=Document(f"{found.id}: {found.title}", blocks(found)),
    )
