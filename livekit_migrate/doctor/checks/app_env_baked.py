"""Variables of the client that are set where they have no effect: after the image was built."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...code.dockerfile import assignments
from ...core.result import Finding
from ..context import Context
from ..model import Check, Fault
from ..source.envs import PUBLIC, reads
from ..source.problem import Problem, report
from ..source.settings import ComposeService, dockerfiles, services
from ..source.sources import Sources

_BUILDS = re.compile(
    r"\b(next|vite|react-scripts|nuxt|astro)\s+build\b|\b(npm|yarn|pnpm|bun|turbo|nx)\b[^&;|]*\bbuild\b"
)
# Whoever puts them into the page at start has other means.
_AT_START = re.compile(
    r"envsubst|next-runtime-env|import-meta-env|react-env|runtime-env|__ENV|\bsed\b|entrypoint", re.IGNORECASE
)
_PREFIXES = tuple(prefix for prefix in PUBLIC if prefix not in ("NUXT_PUBLIC_", "PUBLIC_"))
"""Nuxt and SvelteKit read theirs at start as well."""


def problems(sources: Sources) -> Iterator[Problem]:
    used = {each.name for each in reads(sources)}
    for service in services(sources):
        if service.dockerfile is not None:
            yield from _service(sources, service, used)


def _service(sources: Sources, service: ComposeService, used: set[str]) -> Iterator[Problem]:
    listed = dockerfiles(sources).get(service.dockerfile or "", ())
    builds = [each for each in listed if each.name == "RUN" and _BUILDS.search(each.text)]
    starts = " ".join(each.text for each in listed if each.name in ("CMD", "ENTRYPOINT")) + service.command
    everything = " ".join(each.text for each in listed) + starts
    if not builds or _BUILDS.search(starts) or _AT_START.search(everything) or _dev(starts):
        return
    known = {name for each in listed if each.name in ("ARG", "ENV") for name, _ in assignments(each.text)}
    given = {each.name for each in service.settings if each.where == "build"}
    copied = any(".env" in each.text for each in listed if each.name == "COPY")
    for each in service.settings:
        name = each.name
        if each.where != "environment" or not name.startswith(_PREFIXES) or name not in used or copied:
            continue
        if name in given and name in known:
            continue
        why = (
            f"{service.dockerfile}:{builds[0].line} builds the page, and has no `ARG {name}`: what it is "
            f"then goes "
            "into the JavaScript; what the container gets when it starts comes too late."
            if name not in known
            else (
                f"{service.dockerfile} has `ARG {name}`, and no `build.args` of the service gives it a value."
            )
        )
        yield Problem(
            "warn",
            f"{name} is set when {service.name} starts, and read when its image is built",
            each.file,
            each.line,
            None,
            why,
            f"give it under `build.args`, declare `ARG {name}` before the build, and build again: "
            f"docker compose build {service.name}",
            evidence={
                "name": name,
                "service": service.name,
                "built_at": f"{service.dockerfile}:{builds[0].line}",
            },
        )


def _dev(starts: str) -> bool:
    """Whether it starts a development server, which reads the environment each time."""
    return bool(re.search(r"\bdev\b", starts))


def _run(context: Context) -> Iterator[Finding]:
    return report(CHECK, context, problems)


CHECK = Check(
    id="app.env-baked",
    title="Variables of the client are set when the client is built",
    category="app",
    run=_run,
    seconds=10.0,
    order=45,
    why="Bundlers replace `process.env.NEXT_PUBLIC_X` and `import.meta.env.VITE_X` by the value of that "
    "moment. Changing the variable of a running container changes nothing, and production goes on talking "
    "to localhost.",
    source="the manuals of Next.js and Vite on environment variables; found in real migrations",
    evidence="The address in the page's JavaScript is another one than `docker compose exec web env` shows.",
    remedy="Hand such variables over as build arguments, and build the image again after each change; or "
    "let the token route tell the client the URL.",
    faults=(
        Fault(
            "NEXT_PUBLIC_LIVEKIT_URL under `environment:` of an image that runs `next build`",
            "NEXT_PUBLIC_LIVEKIT_URL is set when web starts, and read when its image is built",
            "`docker compose exec web env` shows the new URL; the browser connects to the old one",
        ),
    ),
)
