"""`lkm support`: an archive for whoever is to help."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from ...core.result import Result
from ..base import Run, command, single

HELP = "Pack what somebody needs who is to help; no secrets."
ORDER = 42


@command("support")
def support(
    run: Run,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="The archive; default lkm-support-TIME.zip.",
            show_default=False,
        ),
    ] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Ask no other machine.")] = False,
) -> Result:
    """Run the checks and pack their report, versions, configuration and the last lines of the logs.

    It lists what is in the archive. Values of .env are left out, secrets elsewhere are masked; look into it
    before you send it.
    """
    from ...core.result import Table
    from ...doctor import support as packing
    from ...doctor.bundle import document, versions
    from ...doctor.context import Asked
    from ...doctor.report import as_result
    from ...doctor.session import examine
    from ...ui.formats import Roots, render
    from ...ui.json import dumps

    settings = run.settings
    path = (output or Path(f"lkm-support-{time.strftime('%Y%m%d-%H%M%S')}.zip")).absolute()
    packing.learn(settings)
    session = examine(Asked(settings, offline=offline), run.reporter)
    from dataclasses import replace

    result = as_result("doctor", session.context, session.outcomes, asked=session.asked)
    page = render("md", replace(result, document=document(session, result)), Roots.of(settings.root))
    found = packing.members(settings, page, dumps(result) + "\n", dict(versions(session)))
    packing.write(path, found)
    rows = tuple((one.name, str(one.size)) for one in found)
    return Result(
        run.command,
        data={"archive": str(path), "files": [{"name": one.name, "bytes": one.size} for one in found]},
        tables=(Table(("file", "bytes"), rows, str(path)),),
        notes=["look into it before you send it: secrets are masked where lkm knows them"],
    )


app = single(support)
