"""`lkm keys check`: its options, and its findings as a Result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ..core.result import Result, Table
from .base import Run, command

if TYPE_CHECKING:
    from ..livekit.key_search import Place


@command("keys check", formats=True)
def check(
    run: Run,
    *,
    url: Annotated[
        str | None, typer.Option("--url", metavar="URL", help="Ask this server.", show_default="LIVEKIT_URL")
    ] = None,
    timeout: Annotated[str, typer.Option(help="How long each answer may take.")] = "4s",
) -> Result:
    """Does the app's key open this server? Names the two places that differ, never a secret.

    Looks into the shell, every .env file of the project and its packages, the Compose files, livekit.yaml
    and its key file, the configurations of egress, ingress and SIP, and the running server; then asks the
    server itself. Exit code 1 when two differ, 4 when there is no key at all.
    """
    from ..core.durations import parse
    from ..stack.key_check import Checked
    from ..stack.key_check import check as look

    seen: Checked = look(run.settings, run.reporter, url=url, timeout=parse(timeout, "--timeout"))
    numbers: dict[object, int] = {}
    for place in seen.found.places:
        if place.pair is not None:
            numbers.setdefault(place.pair, len(numbers) + 1)

    def opens(place: Place) -> bool | None:
        verdict = seen.verdicts.get(place.pair) if place.pair else None
        return None if verdict is None or verdict.outcome == "unreachable" else verdict.opens

    places = [
        {
            "role": place.role,
            "who": place.who,
            "key": place.key,
            # Equal numbers are equal pairs: enough to compare, and nothing of the secret.
            "pair": numbers.get(place.pair),
            "key_at": str(place.key_at),
            "secret_at": str(place.secret_at) if place.secret else None,
            "opens": opens(place),
            "note": place.other or None,
        }
        for place in seen.found.places
    ]
    said = {None: "–", True: "opens", False: "refused"}
    rows = tuple(
        (
            place.who,
            place.key,
            "–" if place.pair is None else f"#{numbers[place.pair]}",
            place.where,
            said[opens(place)],
        )
        for place in seen.found.places
    )
    data = {"url": seen.url, "url_origin": seen.url_origin, "places": places}
    table = Table(("who", "key", "pair", "where", "server says"), rows)
    return Result(run.command, findings=seen.findings, data=data, tables=[table])
