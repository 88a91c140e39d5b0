"""Everything in a project that a livekit-server may be started with, judged."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from ...core.errors import ConfigError, LkmError
from ...core.files import read_bytes
from ...core.result import Finding, Location
from ...core.settings import Settings
from ..configcheck import schema as schemas
from ..configcheck.check import LARGEST
from ..configcheck.templates import PLACEHOLDER
from ..configcheck.tree import NotYamlError, parse
from ..configcheck.upgrade import Side, general
from ..key_search import taken_apart
from ..keys import find_pair
from .lint import Judged, judge
from .starts import Start, find
from .upgrade import upgrade


@dataclass(frozen=True, slots=True)
class Looked:
    """What there was. ``findings``: of all servers, each once, and of what could not be read."""

    servers: tuple[Judged, ...]
    findings: tuple[Finding, ...]


def look(settings: Settings, version: str | None = None, env: Mapping[str, str] = os.environ) -> Looked:
    """Judge every start of the project.

    Args:
        version: judge them all as this release does; default: as their own.

    Raises:
        ConfigError: there is none.
    """
    return _look(settings, env, lambda start, known: judge(start, settings, version, env, known))


def look_ahead(settings: Settings, versions: tuple[str, str], env: Mapping[str, str] = os.environ) -> Looked:
    """What changes for every start of the project from one release to another.

    Raises:
        ConfigError: there is none.
        UsageError: one of the versions is no version.
    """
    sides: list[tuple[Side, Side]] = []

    def ahead(start: Start, known: Mapping[str, str] | None) -> Judged:
        judged, both = upgrade(start, settings, versions, env, known)
        sides.append(both)
        return judged

    looked = _look(settings, env, ahead)
    return Looked(looked.servers, (*looked.findings, *(general(sides) if sides else ())))


_Judge = Callable[[Start, Mapping[str, str] | None], Judged]


def _look(settings: Settings, env: Mapping[str, str], judge_one: _Judge) -> Looked:
    starts = find(settings, env)
    main = settings.relative(settings.path("paths.livekit"))
    keys = _keys(settings, env)
    servers = []
    for start in starts.found:
        if start.who == main:  # the project's own must be there to be judged
            read_bytes(settings.path("paths.livekit"), what="server configuration", limit=LARGEST)
        judged = judge_one(start, keys if start.who == main else None)
        if start.who == main or not _is_bare(start):
            servers.append(judged)
        elif _is_server_configuration(judged):
            servers.append(_untemplated(judged))
    findings = list(_once(finding for one in servers for finding in one.findings))
    findings += [_unread(error, settings) for error in starts.unread]
    if not servers:
        why = [f"{main}: no such file, and no Compose service or Dockerfile runs a livekit-server"]
        why += [error.message for error in starts.unread]
        raise ConfigError(
            "no configuration of a LiveKit server here",
            code="config.none",
            detail="\n".join(why),
            hint="lkm config lint FILE",
        )
    return Looked(tuple(servers), tuple(findings))


def _keys(settings: Settings, env: Mapping[str, str]) -> Mapping[str, str] | None:
    """What the project gives its own server as keys: lkm hands them over in the environment."""
    try:
        pair = find_pair(settings, env).pair
    except LkmError:
        return None
    return {pair.key: pair.secret.reveal()}


def _is_bare(start: Start) -> bool:
    """Whether all that is known of it is a file's name."""
    return (
        not start.complete and start.at.file == start.who and not start.environment and start.mounts is None
    )


def _is_server_configuration(judged: Judged) -> bool:
    """Whether a file that is merely called like one is one: Kubernetes and Helm have such names, too."""
    try:
        root = parse(judged.text.text or "").root
    except NotYamlError:
        return judged.text.name.rpartition("/")[2] in ("livekit.yaml", "livekit.yml")
    if root is None or root.kind != "mapping":
        return False
    names = {key.value for key, _ in root.pairs()}
    schema = schemas.load(schemas.versions()[-1])
    fields = schema.types[schema.root].fields or {}
    return bool(names & set(fields)) and not names & {"apiVersion", "services"}


def _untemplated(judged: Judged) -> Judged:
    """A template that nobody asked about by name is no configuration yet."""
    if not PLACEHOLDER.search(judged.text.text or ""):
        return judged
    at = Location(judged.text.name, 1)
    reason = "it has placeholders that are not filled in: lint what comes out of it"
    one = Finding("config.template", "skip", "a template", reason, judged.start.who, at)
    return replace(judged, findings=(one,), checked=None)


def _once(findings: Iterator[Finding]) -> Iterator[Finding]:
    """A configuration that two servers share is complained of once."""
    seen = set()
    for finding in findings:
        mark = (finding.id, str(finding.location), finding.title)
        if finding.location is None or mark not in seen:
            seen.add(mark)
            yield finding


def _unread(error: ConfigError, settings: Settings) -> Finding:
    file, line, text, detail = taken_apart(error)
    location = Location(settings.relative(settings.root / file), line) if file else None
    return Finding("config.unreadable", "skip", text, detail or "cannot be looked at", location=location)
