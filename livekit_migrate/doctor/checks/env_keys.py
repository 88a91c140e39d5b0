"""Whether the app's key opens the server: every place that has one, and the server's own word."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ...core.errors import ConfigError
from ...core.report import Reporter
from ...core.result import Finding, Fix
from ..context import Context
from ..model import Check, Fault
from ._docker import compose_files
from ._uses import uses_livekit

_QUIET = frozenset({"keys.same", "keys.other-server", "keys.cut"})
"""Of `lkm keys check`: what is no news here."""


def _run(context: Context) -> Iterator[Finding]:
    from ...core.endpoint import parse_url
    from ...livekit.keys import find_url
    from ...stack import key_check

    url, _ = find_url(context.settings, context.env)
    if context.asked.offline and not parse_url(url).loopback:
        yield CHECK.skip(f"--offline: {parse_url(url).ws} is not asked")
        return
    try:
        checked = key_check.check(context.settings, Reporter(), timeout=context.seconds(1.5))
    except ConfigError as error:
        if error.code != "keys.missing":
            raise
        if not uses_livekit(context):
            yield CHECK.skip("nothing here is LiveKit's yet: lkm init brings it, lkm keys new makes a key")
            return
        yield CHECK.found(
            "fail",
            error.message,
            error.detail,
            id="keys.missing",
            fix=Fix("make one", "lkm keys new"),
            cause="env.file",
        )
        return
    for finding in checked.findings:
        if finding.id in _QUIET or finding.status == "skip":
            continue
        # Where the files agree, another server has the port.
        causes = ["keys.key-differs", "keys.secret-differs", "stack.ports", "env.file"]
        named = {"cause": causes} if finding.id == "keys.opens" and finding.status != "ok" else {}
        if finding.id == "keys.unreadable":
            named = {"cause": _unread(context, finding)}
        evidence = {**finding.evidence, **named}
        yield replace(finding, category=CHECK.category, evidence=evidence)
    yield CHECK.ok(
        f"{len(checked.found.places)} places have a key", url=checked.url, places=len(checked.found.places)
    )


def _unread(context: Context, finding: Finding) -> list[str]:
    """Which check says why a file could not be read: Compose's word is about Compose's files alone."""
    composed = {context.settings.relative(file) for file in compose_files(context)}
    where = finding.location.file if finding.location else ""
    return ["project.compose" if where in composed else "config.lint"]


CHECK = Check(
    id="env.keys",
    title="The app's key opens the server",
    category="env",
    order=40,
    needs=("project.files",),
    after=("env.file", "env.portable"),
    seconds=5.0,
    run=_run,
    why="The server knows a token's key by its name and its secret; with another pair every join is a 401.",
    source="livekit/agents #1325; livekit/livekit #454, #2142, #2482",
    evidence="compare the app's LIVEKIT_API_KEY with LIVEKIT_KEYS or `keys:` of the server: `lkm keys "
    "check`.",
    remedy="Write the same pair in both places; restart the server, which reads its keys at start only.",
    faults=(
        Fault(
            "the app has another key than the server",
            "…: the key differs from the one of …",
            "browser: 401 on /rtc/validate, `invalid API key: …`",
        ),
        Fault(
            "the app has another secret than the server",
            "…: the secret differs from the one of …",
            "browser: 401 on /rtc/validate, `token signature is invalid`",
        ),
        Fault(
            "`LIVEKIT_KEYS: key:secret` without the space",
            "no space after the colon: …",
            'docker logs: Could not parse keys, it needs to be exactly, "key: secret"; exit code 0, '
            "again and again",
        ),
    ),
)
