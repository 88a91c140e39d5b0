"""An image of the client that was built with other variables than Compose would give it now."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ...core.result import Finding, Fix
from ..context import Context
from ..model import Check, Fault
from ..source.envs import PUBLIC
from ._compose import place
from ._docker import composed, job

_ARGUMENTS = re.compile(r"\|\d+ (?P<all>.*?) /bin/(?:ba|a)?sh -c ")


def _run(context: Context) -> Iterator[Finding]:
    from ...stack.compose import images

    it = composed(context)
    looked = False
    for name, raw in (it.document.get("services") or {}).items():
        now = _public(raw)
        if not now:
            continue
        built = arguments(images.steps(job(context), name))
        looked = looked or bool(built)
        for variable in sorted(now.keys() & built.keys()):
            if built[variable] != now[variable]:
                yield CHECK.found(
                    "warn",
                    f"the image of {name} was built with {variable}={built[variable]}",
                    f"Compose would build it with {now[variable]} now. What the page does is what it was "
                    f"built "
                    "with.",
                    at=place(context, name, "build", "args", variable) or place(context, name, "build"),
                    fix=Fix("build it again, and start it", f"docker compose up --detach --build {name}"),
                    service=name,
                    variable=variable,
                    built=built[variable],
                    now=now[variable],
                )
    if not looked:
        yield CHECK.skip("no image is here that was built with variables of the client")


def _public(raw: Mapping[str, Any]) -> dict[str, str]:
    """The build arguments of a service that go into a page, as Compose would hand them over."""
    build = raw.get("build")
    given = build.get("args") if isinstance(build, Mapping) else None
    if not isinstance(given, Mapping):
        return {}
    return {
        name: str(value) for name, value in given.items() if name.startswith(PUBLIC) and value is not None
    }


def arguments(steps: tuple[str, ...]) -> dict[str, str]:
    """The build arguments that the steps of an image ran with.

    Both builders write them before the command of each RUN: ``|2 A=1 B=2 /bin/sh -c …``.
    """
    found: dict[str, str] = {}
    for step in steps:
        match = _ARGUMENTS.search(step)
        for word in match["all"].split(" ") if match else ():
            name, equals, value = word.partition("=")
            if equals and name.startswith(PUBLIC):
                found.setdefault(name, value)
    return found


CHECK = Check(
    id="app.image-stale",
    title="Images of the client were built with the variables of now",
    category="app",
    run=_run,
    needs=("project.compose", "docker.engine"),
    seconds=6.0,
    order=46,
    why="A variable of the client that changes after the image was built changes nothing: the page goes on "
    "with the old address until the image is built again.",
    source="the manuals of Next.js and Vite; `docker history` has the arguments of each RUN",
    evidence="`docker history --no-trunc IMAGE | grep NEXT_PUBLIC` against .env.",
    remedy="`docker compose up --detach --build SERVICE` after each change of such a variable.",
    faults=(
        Fault(
            "NEXT_PUBLIC_LIVEKIT_URL in .env was changed after the image was built",
            "the image of web was built with NEXT_PUBLIC_LIVEKIT_URL=ws://localhost:7880",
            "`docker compose config` shows the new address; the browser connects to the old one",
        ),
    ),
)
