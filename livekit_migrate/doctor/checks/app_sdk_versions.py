"""Versions of LiveKit's packages that do not go together."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...app.manifests import Package, lines_of
from ...core.result import Finding
from ..context import Context
from ..model import Check, Fault
from ..source.problem import Problem, report
from ..source.sources import Sources

_CLIENT = "livekit-client"
# What each line of a package asks of livekit-client: `npm view PACKAGE@VERSION peerDependencies`.
_PEERS: dict[str, tuple[tuple[tuple[int, int], int], ...]] = {
    "@livekit/components-react": (((0, 0), 1), ((1, 0), 1), ((2, 0), 2), ((3, 0), 2)),
    "@livekit/krisp-noise-filter": (((0, 2), 2),),
}
_VERSION = re.compile(r"^\s*(?:npm:[^@]*@)?[\^~>=v]*\s*(\d+)(?:\.(\d+))?")


def problems(sources: Sources) -> Iterator[Problem]:
    for package in sources.app.packages.values():
        client = version(package.needs.get(_CLIENT, ""))
        for name in _PEERS:
            if name in package.needs:
                yield from _peers(sources, package, name, client)
    yield from _two_clients(sources)


def version(asked: str) -> tuple[int, int] | None:
    """Major and minor of a range of one major version; None for tags, `*`, workspaces and wider ranges."""
    match = _VERSION.match(asked)
    if match is None or "||" in asked or asked.strip().startswith(("<", ">")) or " - " in asked:
        return None
    return int(match[1]), int(match[2] or 0)


def _peers(
    sources: Sources, package: Package, name: str, client: tuple[int, int] | None
) -> Iterator[Problem]:
    asked = version(package.needs[name])
    wanted = next(
        (major for line, major in reversed(_PEERS[name]) if asked is not None and asked >= line), None
    )
    if asked is None or wanted is None:
        return
    line = lines_of(sources.app.root / package.file, [name]).get(name)
    if _CLIENT not in package.needs:
        return  # it may come with the components' own dependencies, or a root's
    if client is not None and client[0] != wanted:
        yield Problem(
            "fail",
            f"{name} {package.needs[name]} does not go with {_CLIENT} {package.needs[_CLIENT]}",
            package.file,
            line,
            None,
            f"It asks for {_CLIENT} {wanted}. With another major version there are two copies of it in the "
            f"bundle, and "
            "what one copy makes the other does not know.",
            f"npm install {_CLIENT}@^{wanted}",
            evidence={name: package.needs[name], _CLIENT: package.needs[_CLIENT], "wants": wanted},
        )


def _two_clients(sources: Sources) -> Iterator[Problem]:
    """A package of the workspace and one that it uses, each with another major version of the client."""
    by_name = {each.name: each for each in sources.app.packages.values() if each.name}
    for package in sources.app.packages.values():
        mine = version(package.needs.get(_CLIENT, ""))
        if mine is None:
            continue
        for name in sorted(package.needs.keys() & by_name.keys()):
            other = by_name[name]
            theirs = version(other.needs.get(_CLIENT, ""))
            if theirs is None or theirs[0] == mine[0] or other is package:
                continue
            yield Problem(
                "fail",
                f"{_CLIENT} {mine[0]} here and {theirs[0]} in {name}, which is part of the same page",
                package.file,
                lines_of(sources.app.root / package.file, [_CLIENT]).get(_CLIENT),
                None,
                f"{other.file} asks for {other.needs[_CLIENT]}: both copies get into the bundle, and a "
                f"Room of one is "
                "none for the other.",
                f"ask for the same version in {package.file} and {other.file}",
                evidence={package.file: package.needs[_CLIENT], other.file: other.needs[_CLIENT]},
            )


def _run(context: Context) -> Iterator[Finding]:
    return report(CHECK, context, problems)


CHECK = Check(
    id="app.sdk-versions",
    title="Versions of LiveKit's packages go together",
    category="app",
    run=_run,
    seconds=10.0,
    order=40,
    why="@livekit/components-react takes livekit-client as a peer: with another major version npm "
    "refuses to install, or two clients are bundled, of which one does not know the other's events and "
    "classes.",
    source="peerDependencies on the npm registry: @livekit/components-react 0.2–1.5 ask for livekit-client "
    "^1, 2.0–3.0 for ^2; @livekit/krisp-noise-filter 0.2 and later for ^2",
    evidence="`npm ls livekit-client` shows two versions, or `invalid`.",
    remedy="Move all packages of LiveKit to the same generation, in one step.",
    faults=(
        Fault(
            "@livekit/components-react 1 beside livekit-client 2",
            "@livekit/components-react ^1.5.0 does not go with livekit-client ^2.5.0",
            "`npm install` ends in `ERESOLVE could not resolve`; other package managers only warn",
        ),
    ),
)
