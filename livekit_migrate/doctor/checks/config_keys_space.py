"""LIVEKIT_KEYS without the space after the colon, wherever the project sets it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...core.changes import ChangeSet, change
from ...core.errors import LkmError
from ...core.result import Finding, Fix, Location
from ..context import Context
from ..model import Check, Fault
from ..source.settings import Setting, settings
from ..source.sources import Sources, of_context

_UNSPACED = re.compile(r"^(?P<key>[A-Za-z0-9_-]+|\$\{[A-Za-z0-9_]+\}):(?P<secret>[^\s:]+|\$\{\S+\})$")


def unspaced(sources: Sources) -> Iterator[tuple[Setting, str]]:
    """The places without the space, and the value with it."""
    for each in settings(sources):
        match = _UNSPACED.match(each.value.strip()) if each.name == "LIVEKIT_KEYS" else None
        if match is not None:
            yield each, f"{match['key']}: {match['secret']}"


def _run(context: Context) -> Iterator[Finding]:
    sources = of_context(context)
    with sources.lock:
        found = list(unspaced(sources))
    for each, _ in found:
        yield CHECK.found(
            "fail",
            f"LIVEKIT_KEYS in {each.file} has no space after the colon",
            "The server reads it as YAML: `key:secret` is one plain text and no pair, and it does not start.",
            at=Location(each.file, each.line),
            fix=Fix(
                "write `key: secret`, with the space, and quotes around the whole",
                safe=each.where in ("env", "environment"),
            ),
            where=each.where,
            service=each.service,
        )


def _fix(context: Context, finding: Finding) -> ChangeSet | None:
    sources = of_context(context)
    with sources.lock:
        for each, value in unspaced(sources):
            if finding.location == Location(each.file, each.line):
                changed = mended(sources, each, value)
                if changed is None:
                    return None
                path = context.root / each.file
                return ChangeSet("lkm doctor --fix", context.root, (change(path, changed, secret=True),))
    return None


def mended(sources: Sources, setting: Setting, value: str) -> bytes | None:
    """The file with the space; None where it cannot be put there without touching anything else."""
    from ...code import yaml

    path = sources.app.root / setting.file
    if setting.where == "env":
        return _in_env(path.read_bytes(), setting, value)
    try:
        document = yaml.load(path)
        place = f"services.{setting.service}.environment"
        listed = document.find(place)
        if listed is not None and listed.kind == "sequence":
            for index, item in enumerate(listed.node.value):
                if str(item.value) == f"LIVEKIT_KEYS={setting.value}":
                    return document.set(f"{place}.{index}", f"LIVEKIT_KEYS={value}").to_bytes()
            return None
        return document.set(f"{place}.LIVEKIT_KEYS", value).to_bytes()
    except LkmError:
        return None


def _in_env(data: bytes, setting: Setting, value: str) -> bytes | None:
    """The value in its quotes, or in double ones, which every reader of such files takes the same way."""
    lines = data.split(b"\n")
    if len(lines) < setting.line:
        return None
    head, equals, written = lines[setting.line - 1].partition(b"=")
    old = setting.value.encode()
    if not equals or written.count(old) != 1:
        return None
    quoted = written.strip()[:1] in (b"'", b'"')
    new = value.encode() if quoted else b'"' + value.encode() + b'"'
    lines[setting.line - 1] = head + equals + written.replace(old, new)
    return b"\n".join(lines)


CHECK = Check(
    id="config.keys-space",
    title="LIVEKIT_KEYS is written as the server reads it",
    category="config",
    run=_run,
    fix=_fix,
    seconds=5.0,
    order=40,
    causes=("env.keys",),
    why="LIVEKIT_KEYS is YAML. Without the space after the colon it holds no key, and the server ends at "
    "once.",
    source="livekit-server 1.13.5; livekit/livekit #454",
    evidence='`docker logs`: `Could not parse keys, it needs to be exactly, "key: secret", including the '
    "space`.",
    remedy='LIVEKIT_KEYS: "key: secret"',
    faults=(
        Fault(
            "LIVEKIT_KEYS=key:secret in .env",
            "LIVEKIT_KEYS in .env has no space after the colon",
            "the server's container ends with code 0 and starts again and again",
        ),
    ),
)
