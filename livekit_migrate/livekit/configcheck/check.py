"""Judging a configuration as a version of livekit-server would: ``check``."""

from __future__ import annotations

import codecs
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ...core.result import Finding, Fix, Location
from ...core.secret import remember
from . import explain, secrets, templates
from . import schema as schemas
from .decode import Decoder
from .model import CATEGORY, Config, Facts, is_secret
from .rules import all_rules
from .schema import Schema
from .tree import NotYamlError, Parsed, parse

DEFAULT_VERSION = "1.13.5"
LARGEST = 1024 * 1024  # bytes; the largest sensible file has some ten thousand


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of a check.

    Args:
        name: how the findings call the file.
        version: the server's version that was asked for.
        schema: the data that judged: of that version, or of the nearest lower one that is known.
        config: None when the text could not be read as a tree.
    """

    name: str
    findings: tuple[Finding, ...]
    version: str
    schema: Schema
    config: Config | None

    @property
    def refused(self) -> bool:
        """Whether the server does not start with it."""
        return any(finding.status == "fail" for finding in self.findings)


def check(
    text: str | bytes,
    *,
    name: str = "livekit.yaml",
    version: str = DEFAULT_VERSION,
    keys: Mapping[str, str] | None = None,
    folder: Path | None = None,
    dev: bool = False,
) -> list[Finding]:
    """What a server of a version would say of a configuration, and what it would not say but should.

    Args:
        text: YAML, as it lies in the file.
        name: how the findings call the file.
        version: such as ``1.13.5``.
        keys: what LIVEKIT_KEYS or --keys give (key → secret); {} for nothing; None when that is not known.
        folder: where the files that the configuration names are looked for; None: they are not looked at.
        dev: the server runs with --dev.

    Raises:
        UsageError: ``version`` is no version.
    """
    return list(examine(text, name=name, version=version, facts=Facts(keys, folder, dev)).findings)


def examine(
    text: str | bytes,
    *,
    name: str = "livekit.yaml",
    version: str = DEFAULT_VERSION,
    facts: Facts | None = None,
) -> Checked:
    """``check``, with the tree and the values for whoever goes on with them.

    Raises:
        UsageError: ``version`` is no version.
    """
    schema = schemas.load(schemas.nearest(version))
    before = _about_version(version, schema, name)
    try:
        source = decoded(text)
        parsed = parse(source)
    except NotYamlError as problem:
        shown = text if isinstance(text, str) else text.decode("utf-8", "replace")
        secrets.remember_lines(shown)
        hole = templates.nearest(shown, problem.line) if problem.kind == "syntax" else None
        found = templates.finding(name, *hole, refused=True) if hole else explain.syntax(name, shown, problem)
        findings = [*before, found]
        return Checked(name, tuple(findings), version, schema, None)
    facts = facts or Facts()
    if parsed.root is None and source:
        fix = Fix("write `{}`, or leave the file really empty")
        finding = replace(explain.syntax(name, source, NotYamlError("empty", "EOF", 1, 1)), fix=fix)
        return Checked(name, (*before, finding), version, schema, None)
    config, findings = _judged(name, schema, parsed, facts)
    findings.sort(key=_order)
    return Checked(name, (*before, *findings), version, schema, config)


def decoded(text: str | bytes) -> str:
    """The text of a file's bytes as yaml.v3 reads them: UTF-8, or UTF-16 with a byte order mark.

    Raises:
        NotYamlError: it is neither, or too large.
    """
    if len(text) > LARGEST:
        words = f"{len(text)} bytes, more than {LARGEST}"
        raise NotYamlError("too-large", words, 1, 1)
    if isinstance(text, str):
        return text
    encoding = "utf-8"
    for mark, other in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        if text.startswith(mark):
            encoding = other
    try:
        return text.decode(encoding)
    except UnicodeDecodeError as error:
        good = text[: error.start].decode(encoding, "replace")
        line, column = good.count("\n") + 1, len(good) - (good.rfind("\n") + 1) + 1
        shown = f"0x{text[error.start]:02x} at byte {error.start}: {error.reason}"
        raise NotYamlError("encoding", shown, line, column) from None


def _judged(name: str, schema: Schema, parsed: Parsed, facts: Facts) -> tuple[Config, list[Finding]]:
    secrets.remember_tree(parsed.root)
    decoder = Decoder(schema)
    if parsed.root is not None:
        decoder.decode(parsed.root)
    sound = not decoder.problems
    for entry in decoder.entries.values():
        if isinstance(entry.value, str) and is_secret(entry.path):
            remember(entry.value)
    config = Config(name, schema, parsed, decoder.entries, facts, sound)
    findings = explain.explain(name, schema, parsed.text, decoder.problems)
    for rule in all_rules():
        findings += itertools.islice(rule.check(config), explain.MOST)
    return config, findings


def _order(finding: Finding) -> tuple[int, int, str]:
    place = finding.location
    return (place.line or 0, place.column or 0, finding.id) if place else (0, 0, finding.id)


def _about_version(version: str, schema: Schema, name: str) -> list[Finding]:
    if schemas.release_of(version) == schema.release:
        return []
    older = schemas.release_of(version) < schema.release
    detail = "the oldest that is known" if older else "the nearest lower one that is known"
    title = f"Nothing is known of livekit-server {version}: judged as {schema.version}"
    evidence = {"version": version, "judged_as": schema.version, "known": list(schemas.versions())}
    return [Finding("config.version", "info", title, detail, CATEGORY, Location(name), evidence)]
