"""A start judged as its server would: options, variables, keys and configuration together."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ...code import env as dotenv
from ...core.errors import ConfigError
from ...core.result import Finding, Fix, Location
from ...core.settings import Settings
from ..configcheck import schema as schemas
from ..configcheck.check import Checked, examine
from ..configcheck.model import Facts
from ..configcheck.schema import Schema
from . import keys, options, texts
from .options import Options, Trouble
from .settle import settle
from .starts import Start
from .texts import Text
from .words import Word


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of a start.

    Args:
        checked: of its configuration; None where the text cannot be had.
    """

    start: Start
    version: str
    options: Options
    text: Text
    checked: Checked | None
    findings: tuple[Finding, ...]


def judge(
    start: Start,
    settings: Settings,
    version: str | None = None,
    env: Mapping[str, str] = os.environ,
    known: Mapping[str, str] | None = None,
) -> Judged:
    """Judge one start.

    Args:
        version: of the server; default: what the image says, else the project's.
        env: the shell's environment.
        known: keys that it gets from elsewhere, where the start itself does not say.

    Raises:
        UsageError: ``version`` is no version.
    """
    said = version or start.version or settings.text("server.version")
    schema = schemas.load(schemas.nearest(said))
    exact = schemas.release_of(said) == schema.release
    others: list[Schema] = [] if exact else [schemas.load(each) for each in schemas.versions()]
    given = options.read(start.words, start.environment, schema, others)
    text = texts.of_start(start, given, settings)
    found: list[Finding] = []
    if start.tag and version is None:
        found.append(_tag(start, said))
    if given.subcommand:
        title = f"runs `livekit-server {given.subcommand}`: that starts no server"
        found.append(_finding(Trouble("config.subcommand", "info", title, Word("", start.at)), start))
        return Judged(start, said, given, text, None, tuple(found))
    found += [_finding(trouble, start) for trouble in (*given.troubles, *text.troubles)]
    found += _disagreements(start, settings, env)
    checked = None
    if text.text is not None:
        checked, more = _configuration(Judged(start, said, given, text, None, ()), settings, known)
        found += more
    return Judged(start, said, given, text, checked, tuple(found))


def _configuration(
    judged: Judged, settings: Settings, known: Mapping[str, str] | None
) -> tuple[Checked, list[Finding]]:
    start, version, given, text = judged.start, judged.version, judged.options, judged.text
    folder = Path(start.folder) if start.mounts is None else None
    source = text.text or ""
    before = examine(source, name=text.name, version=version)
    written: dict[str, Any] = {}
    if before.config is not None:
        written = {path: entry.value for path, entry in before.config.entries.items()}
    found = [_finding(trouble, start) for trouble in settle(given, written)]
    overrides = {key: one.value for key, one in given.setters().items() if key != "keys"}
    at = replace(text.at, line=_line_of(before, text, "key_file"))
    has = keys.of_start(start, given, settings, written, at)
    dev = given.given.get("dev")
    facts = Facts(has.pairs if has.judged else known, folder, bool(dev and dev.value), overrides)
    checked = examine(source, name=text.name, version=version, facts=facts)
    found += [_finding(trouble, start) for trouble in has.troubles]
    told = {(finding.id, finding.title) for finding in found}
    for finding in checked.findings:
        here = {"config.keys-missing": has.judged, "config.key-file": has.file}
        if here.get(finding.id):
            continue
        if (finding.id, finding.title) not in told:
            found.append(_placed(finding, start, given, text))
    return checked, found


def _line_of(checked: Checked, text: Text, key: str) -> int | None:
    entry = checked.config.entries.get(key) if checked.config else None
    place = text.location(entry.node.line, None) if entry else None
    return place.line if place else text.at.line


def _placed(finding: Finding, start: Start, given: Options, text: Text) -> Finding:
    """A finding about a text where the text stands; one about a value where the option stands that set it."""
    where = finding.location
    category = start.who
    setter = given.setters().get(str(finding.evidence.get("key", "")))
    if setter is not None:
        title = f"{setter.spelled}: {finding.title}"
        return replace(finding, title=title, location=_location(setter.at), category=category)
    if where is None:
        return replace(finding, category=category)
    detail = finding.detail
    if not text.whole and where.line:
        said = f"in its line {where.line}"
        detail = f"{detail}; {said}" if detail else said
    return replace(
        finding, location=text.location(where.line, where.column), category=category, detail=detail
    )


def _location(word: Word) -> Location | None:
    at = word.at
    return Location(at.file or at.name, at.line) if at.file or at.name else None


def _finding(trouble: Trouble, start: Start) -> Finding:
    at = trouble.at.at
    detail = trouble.detail
    if at.origins:
        origins = f"from {', '.join(at.origins)}"
        detail = f"{detail}; {origins}" if detail else origins
    return Finding(
        trouble.id,
        trouble.status,
        trouble.title,
        detail,
        start.who,
        _location(trouble.at),
        {"key": trouble.key} if trouble.key else {},
        Fix(trouble.fix) if trouble.fix else None,
    )


def _tag(start: Start, said: str) -> Finding:
    title = f"the image's tag {start.tag} says no version: judged as {said}"
    fix = Fix(f"pin it: livekit/livekit-server:v{said}")
    evidence = {"tag": start.tag}
    location = Location(start.at.file, start.at.line)
    return Finding("config.image-tag", "info", title, "", start.who, location, evidence, fix)


def _disagreements(start: Start, settings: Settings, env: Mapping[str, str]) -> Iterator[Finding]:
    """Variables that Compose takes from the shell while the folder's .env says something else."""
    names = dict.fromkeys(
        name for word in (*start.words, *start.environment.values()) for name in word.names if name in env
    )
    if not names or not start.at.file:
        return
    path = settings.root / Path(start.at.file).parent / ".env"
    try:
        file = dotenv.read(path)
    except ConfigError:
        return
    for name in names:
        there = file.get(name)
        if there is not None and there.value != env[name]:
            shown = settings.relative(path)
            title = f"{name}: the shell has another value than {shown}, and the shell's is what Compose takes"
            fix = Fix(f"unset {name}, or write its value into {shown}")
            yield Finding(
                "config.env-differs",
                "warn",
                title,
                "",
                start.who,
                Location(shown, there.line),
                {"key": name},
                fix,
            )
