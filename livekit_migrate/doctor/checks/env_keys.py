"""Whether the app's key opens the server: every place that has one, and the server's own word."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from ...core.errors import ConfigError
from ...core.report import Reporter
from ...core.result import Finding, Fix
from ..context import Context
from ..model import Check, Fault
from ._docker import compose_files
from ._uses import needs_key, uses_livekit

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
        if not needs_key(context):
            yield CHECK.skip("nothing here signs tokens or starts a server, and a page that joins has no key")
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
    for finding in _together(checked.findings):
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


def _together(findings: Iterable[Finding]) -> Iterator[Finding]:
    """The findings, the missing files of one Compose file as one."""
    missing: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.location and _MISSING.fullmatch(finding.title):
            missing.setdefault(finding.location.file, []).append(finding)
        else:
            yield finding
    for each in missing.values():
        names = list(dict.fromkeys(one.title.removeprefix("env_file ").split()[0] for one in each))
        title = (
            each[0].title if len(names) == 1 else f"{len(names)} env_files are missing: {', '.join(names)}"
        )
        yield replace(each[0], title=title)


_MISSING = re.compile(r"env_file \S+ does not exist")


def _unread(context: Context, finding: Finding) -> list[str]:
    """Which check says why a file could not be read: Compose's word is about Compose's files alone."""
    composed = {context.settings.relative(file) for file in compose_files(context)}
    where = finding.location.file if finding.location else ""
    if where in composed:
        return ["project.compose"]
    return [] if finding.title.startswith("env_file") or "env_files" in finding.title else ["config.lint"]


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
