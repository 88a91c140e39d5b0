"""What `lkm init` says of what it did not do: the findings, each with what to do about it."""

from __future__ import annotations

from collections.abc import Iterator

from ..app.look import App
from ..core.errors import UsageError
from ..core.result import Finding, Fix, Location
from .edits.model import Outcome
from .files import Settled
from .sides import SERVER, WEB, Side

_DONE = {
    "next": "Next.js",
    "vite": "Vite with React",
    "hono": "Hono",
    "express": "Express",
    "fastify": "Fastify",
}


_ROUTES = """\
const livekit = createLiveKitHandlers(loadLiveKitConfig(process.env));
// POST /livekit/token
const answer = await livekit.token({ contentType, body, authorize });
// POST /livekit/webhook: the body as it came, not parsed
const answer = await livekit.webhook({ rawBody, authorization });
// send answer.status, answer.headers and answer.body as JSON"""


def _full(kinds: tuple[str, ...]) -> str:
    return ", ".join(_DONE[kind] for kind in kinds)


def no_side(app: App) -> UsageError:
    """The error for a repository in which nothing is a web app or a server."""
    libraries = [
        each.name or each.file
        for each in app.packages.values()
        if "main" in each.manifest or "exports" in each.manifest
    ]
    seen = sorted({each.name for found in app.frameworks.values() for each in found})
    broken = next((each for each in app.packages.values() if each.problem), None)
    if broken is not None:
        return UsageError(
            f"{broken.file}: {broken.problem}",
            code="init.unreadable",
            detail="what the package is made with cannot be seen, and nothing else is a web app or a server",
            hint=f"mend {broken.file}, then run lkm init again",
        )
    what = f"{libraries[0]} is a library" if libraries else "no web app and no server was found"
    return UsageError(
        f"{what}: there is nothing to bring LiveKit into",
        code="init.no-side",
        detail=f"frameworks seen: {', '.join(seen) or 'none'}",
        hint=f"done in full: {_full(WEB)}; {_full(SERVER)}",
    )


def unreadable(app: App) -> Iterator[Finding]:
    """Packages whose manifest cannot be read: what they are nobody can see."""
    for package in app.packages.values():
        if package.problem:
            yield Finding(
                "init.unreadable",
                "warn",
                f"{package.file} cannot be read: its package was left out",
                detail=package.problem,
                category="init",
                location=Location(package.file),
                fix=Fix(f"mend {package.file}, then run lkm init again"),
            )


def unsupported(name: str, side: Side | None) -> Finding:
    """A side that is not there, or on a framework that is not done in full."""
    kinds = WEB if name == "web" else SERVER
    what = "web app" if name == "web" else "server"
    if side is None:
        return Finding(
            f"init.no-{name}",
            "warn",
            f"no {what} was found here: its half of LiveKit is not brought",
            detail=f"done in full: {_full(kinds)}",
            category="init",
            fix=Fix(f"run lkm init in a folder that has both, or name it: lkm init --{name} DIR"),
        )
    if name == "server":
        return _other_server(side)
    return Finding(
        f"init.{name}-unsupported",
        "fail",
        f"the {what} in {side.shown} is made with {side.found}: its half of LiveKit is not brought",
        detail=f"{side.why}. Done in full: {_full(kinds)}",
        category="init",
        location=Location(side.package.file),
        evidence={"framework": side.found},
        fix=Fix("write it with livekit-client: https://docs.livekit.io/transport/sdk-platforms"),
    )


def _other_server(side: Side) -> Finding:
    """A server of another framework: its routes are the user's to write, around handlers that need none."""
    return Finding(
        "init.server-unsupported",
        "fail",
        f"the server in {side.shown} is made with {side.found}: its routes are yours to write",
        detail=f"{side.why}. What needs no framework is in livekit/ beside it",
        category="init",
        location=Location(side.entry or side.package.file),
        evidence={"framework": side.found, "edit": _ROUTES},
        fix=Fix(f"with what livekit/handlers and livekit/config export:\n{_ROUTES}"),
    )


def by_hand(outcome: Outcome) -> Finding:
    """An edit that is left to the user, with the lines to type."""
    return Finding(
        outcome.id,
        "fail",
        f"to do by hand: {outcome.what}",
        detail=outcome.why,
        category="init",
        location=Location(outcome.file, outcome.line),
        evidence={"edit": outcome.text},
        fix=Fix(f"add there:\n{outcome.text}") if outcome.text else None,
    )


def clash(file: Settled) -> Finding:
    return Finding(
        "init.clash",
        "fail",
        "a file of that name is there, and is not lkm's: it stays as it is",
        category="init",
        location=Location(file.path),
        fix=Fix("give it another name, then run lkm init again; or keep it, if it does the same"),
    )


def conflict(file: Settled) -> Finding:
    """A file of which the user and the new template changed the same lines: what the template would have."""
    first = file.conflicts[0]
    hunks = [
        {"line": each.line, "yours": "".join(each.ours), "template": "".join(each.theirs)}
        for each in file.conflicts
    ]
    wanted = "\n".join("".join(each.theirs).rstrip("\n") for each in file.conflicts)
    return Finding(
        "init.conflict",
        "fail",
        "you and the new template changed the same lines: the file stays as it is",
        category="init",
        location=Location(file.path, first.line),
        evidence={"hunks": hunks},
        fix=Fix(f"take over by hand what you want of it, then run lkm init again:\n{wanted}"),
    )


def removed(file: Settled) -> Finding:
    return Finding(
        "init.removed",
        "info",
        "was removed since lkm init wrote it: it stays away",
        category="init",
        location=Location(file.path),
    )
