"""A content security policy that keeps the page from the LiveKit server."""

from __future__ import annotations

from collections.abc import Iterator

from ...code.env import is_example
from ...core.result import Finding
from ..context import Context
from ..model import Check, Fault
from ..source.csp import Policy, allows, policies
from ..source.problem import Problem, report
from ..source.settings import settings
from ..source.sources import Sources
from ..source.urls import host_of, reach

_CLOUD = ".livekit.cloud"


def problems(sources: Sources) -> Iterator[Problem]:
    for policy in policies(sources):
        hosts = _named(policy) or _hosts(sources)
        for host, where in sorted(hosts.items()):
            yield from _judge(policy, host, where)


def _hosts(sources: Sources) -> dict[str, str]:
    """The public addresses of LiveKit that the app's variables name, each with its place."""
    found: dict[str, str] = {}
    for each in settings(sources):
        named = "LIVEKIT" in each.name and "URL" in each.name and not is_example(each.file)
        if named and each.value.startswith(("wss://", "https://")) and reach(each.value) == "public":
            found.setdefault(host_of(each.value), f"{each.file}:{each.line}")
    return found


def _named(policy: Policy) -> dict[str, str]:
    """The addresses of LiveKit that the policy itself names."""
    found = {}
    for source in policy.sources:
        host = host_of(source) if "://" in source else ""
        if host and ("livekit" in host) and reach(f"wss://{host.lstrip('*.')}") == "public":
            found[host.replace("*.", "any.")] = f"{policy.file}:{policy.line}"
    return found


def _judge(policy: Policy, host: str, where: str) -> Iterator[Problem]:
    shown = host.replace("any.", "*.") if host.startswith("any.") else host
    missing = [scheme for scheme in ("wss", "https") if allows(policy, scheme, host) is False]
    if not missing:
        return
    listed = " and ".join(f"{scheme}://{shown}" for scheme in missing)
    blocked = "wss" in missing
    yield Problem(
        "fail" if blocked else "warn",
        f"the content security policy does not let pages reach {listed}",
        policy.file,
        policy.line,
        policy.column,
        (
            "No client can connect: the browser refuses the WebSocket."
            if blocked
            else "The WebSocket is let through. The client also asks over https: before it connects, for "
            "the regions of LiveKit Cloud, and for the reason when the server refuses; that is blocked, "
            "and errors have no reason."
        )
        + f" The server's address is from {where}.",
        f"add {' '.join(f'{scheme}://{shown}' for scheme in missing)} to "
        f"{policy.directive if policy.directive == 'connect-src' else 'a connect-src'}",
        evidence={
            "directive": policy.directive,
            "sources": list(policy.sources),
            "missing": missing,
            "host": shown,
        },
    )


def _run(context: Context) -> Iterator[Finding]:
    return report(CHECK, context, problems)


CHECK = Check(
    id="app.csp",
    title="The content security policy lets pages reach LiveKit",
    category="app",
    run=_run,
    seconds=10.0,
    order=50,
    why="A policy that was written for the old server does not know the new one. In Chromium a `wss:` "
    "source does not stand for `https:`, nor the other way round, and the client uses both.",
    source="Content Security Policy Level 3, connect-src; tried with Chromium; found in real migrations",
    evidence="The browser's console: `… violates the following Content Security Policy directive: "
    '"connect-src …"`.',
    remedy="Name the server's address twice in connect-src: with wss:// and with https://.",
    faults=(
        Fault(
            "connect-src with https://host alone",
            "the content security policy does not let pages reach wss://host",
            "`curl` and `lkm health` are fine; the browser: `violates the following Content "
            "Security Policy directive`",
        ),
    ),
)
