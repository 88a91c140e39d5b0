"""What another release of the server would refuse, or do differently, with the same configuration."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Any

from ...core.result import Finding, Fix, Location
from . import schema as schemas
from .check import Checked
from .model import CATEGORY, is_secret
from .schema import Release, Schema

_SHOWN = 12  # of new keys in one line


@dataclass(frozen=True, slots=True)
class Behaviour:
    """A change that no schema shows.

    Args:
        since: the first release that does it.
        matters: for what the configuration sets (key → value); None: always.
        only: that release alone does it.
    """

    id: str
    since: Release
    title: str
    detail: str
    fix: str
    source: str
    matters: Callable[[Mapping[str, Any]], bool] | None = None
    only: bool = False


def _turn(values: Mapping[str, Any]) -> bool:
    return bool(values.get("turn.enabled")) and not values.get("turn.allow_restricted_peer_cidrs")


BEHAVIOURS: tuple[Behaviour, ...] = (
    Behaviour(
        "config.upgrade-host-name",
        (1, 10, 0),
        "1.10.0 refuses connections with `Invalid hostname format`",
        "later releases do not: skip this one",
        "go to a later release",
        "livekit/livekit #4383",
        only=True,
    ),
    Behaviour(
        "config.upgrade-turn-peers",
        (1, 12, 0),
        "TURN no longer relays to private addresses",
        "calls of clients in a private network that need the relay lose their media",
        "turn.allow_restricted_peer_cidrs: the networks that may be reached",
        "livekit/livekit PR #4505",
        _turn,
    ),
    Behaviour(
        "config.upgrade-token-exp",
        (1, 13, 6),
        "tokens without `exp` are refused",
        "1.13.5 and older accept them",
        "lkm token verify tells; lkm token always writes it",
        "livekit/protocol #1706",
    ),
)


@dataclass(frozen=True, slots=True)
class Side:
    """A configuration as one release sees it.

    Args:
        values: what is set: key → value.
        where: key → its place.
    """

    version: str
    schema: Schema
    findings: tuple[Finding, ...]
    values: Mapping[str, Any]
    where: Mapping[str, Location]


def side(checked: Checked) -> Side:
    """A configuration by itself."""
    entries = checked.config.entries if checked.config else {}
    return Side(
        checked.version,
        checked.schema,
        checked.findings,
        {key: entry.value for key, entry in entries.items()},
        {key: Location(checked.name, entry.node.line, entry.node.column) for key, entry in entries.items()},
    )


def differences(name: str, before: Side, after: Side) -> list[Finding]:
    """What changes for one configuration from one release to the other.

    Args:
        name: how findings call the configuration.
    """
    found = [
        *_refusals(before, after),
        *_retyped(before, after),
        *_behaviours(name, before, after, some=True),
    ]
    return [replace(one, category=one.category or CATEGORY) for one in found]


def general(sides: Sequence[tuple[Side, Side]]) -> list[Finding]:
    """What changes for all of the configurations: each as both releases see it. At least one of them."""
    before, after = sides[0]
    # A default is nobody's business where each of them sets the key.
    every = set.intersection(*({*old.values, *new.values} for old, new in sides))
    found = [*_versions(before, after), *_behaviours("", before, after, some=False)]
    found += [*_defaults(before, after, every), *_new_keys(before, after)]
    return [replace(one, category=f"from {before.version} to {after.version}") for one in found]


def _versions(before: Side, after: Side) -> Iterator[Finding]:
    for one in (before, after):
        if schemas.release_of(one.version) != one.schema.release:
            title = f"Nothing is known of livekit-server {one.version}: judged as {one.schema.version}"
            evidence = {"version": one.version, "judged_as": one.schema.version}
            yield Finding("config.version", "info", title, evidence=evidence)


def _mark(finding: Finding) -> tuple[str, str]:
    return finding.id, str(finding.evidence.get("key") or finding.location)


def _refusals(before: Side, after: Side) -> Iterator[Finding]:
    """Findings that only one of the two has."""
    told = {_mark(one) for one in before.findings if one.status == "fail"}
    warned = {_mark(one) for one in before.findings if one.status in ("fail", "warn")}
    for one in after.findings:
        if one.status == "fail":
            also = _mark(one) in told
            word = "refuses this, as" if also else "refuses this;"
            rest = f"{before.version} does" if also else f"{before.version} takes it"
            gone = one.id == "config.unknown-key" and one.evidence.get("key") in before.schema.defaults
            fix = Fix("take it out") if gone else one.fix
            yield replace(one, detail=_joined(f"{after.version} {word} {rest}", one.detail), fix=fix)
        elif one.status == "warn" and _mark(one) not in warned:
            yield replace(one, detail=_joined(f"new in {after.version}", one.detail))
    still = {_mark(one) for one in after.findings if one.status == "fail"}
    for one in before.findings:
        if one.status == "fail" and _mark(one) not in still:
            detail = _joined(f"{before.version} refuses this, {after.version} does not", one.detail)
            yield replace(one, status="info", detail=detail, fix=None)


def _joined(first: str, rest: str) -> str:
    return f"{first}\n{rest}" if rest else first


def _retyped(before: Side, after: Side) -> Iterator[Finding]:
    """Keys that are set, are of another type, and are taken all the same."""
    old, new = dict(before.schema.leaves()), dict(after.schema.leaves())
    refused = {str(one.evidence.get("key")) for one in after.findings if one.status == "fail"}
    for key in before.values:
        if key in old and key in new and old[key].name != new[key].name and key not in refused:
            title = f"{key}: its type changes from {old[key].name} to {new[key].name}"
            detail, where = "the value is taken by both", after.where.get(key)
            yield Finding("config.upgrade-type", "info", title, detail, "", where, {"key": key})


def _behaviours(name: str, before: Side, after: Side, *, some: bool) -> Iterator[Finding]:
    """Those that matter to some configurations, or to all."""
    old, new = schemas.release_of(before.version), schemas.release_of(after.version)
    where = Location(name) if name else None
    for one in BEHAVIOURS:
        if (one.matters is not None) != some or (
            one.matters is not None and not one.matters({**before.values, **after.values})
        ):
            continue
        since = ".".join(map(str, one.since))
        evidence = {"since": since, "source": one.source}
        if new == one.since if one.only else old < one.since <= new:
            yield Finding(one.id, "warn", one.title, one.detail, "", where, evidence, Fix(one.fix))
        elif not one.only and new < one.since <= old:
            title = f"not in {after.version}: {one.title}"
            yield Finding(one.id, "info", title, f"{since} began it", "", where, evidence)


def _defaults(before: Side, after: Side, every: AbstractSet[str]) -> Iterator[Finding]:
    """Defaults that change under keys that are not set."""
    for key, old in sorted(before.schema.defaults.items()):
        new = after.schema.defaults.get(key, old)
        if old == new or key in every or is_secret(key):
            continue
        title = f"{key}: its default changes from {_short(old)} to {_short(new)}"
        evidence = {"key": key, "before": old, "after": new}
        scalar = not isinstance(old, list | dict)
        fix = Fix(f"to keep it where it is not set: {key}: {_short(old)}") if scalar else None
        yield Finding("config.upgrade-default", "info", title, evidence=evidence, fix=fix)


def _short(value: Any) -> str:
    if isinstance(value, list) and value and all(isinstance(item, dict) and len(item) == 1 for item in value):
        value = [next(iter(item.values())) for item in value]
    text = value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 160 else f"{text[:157]}…"


def _new_keys(before: Side, after: Side) -> Iterator[Finding]:
    for more, less in ((after, before), (before, after)):
        keys = sorted(set(more.schema.defaults) - set(less.schema.defaults))
        if keys:
            rest = f" and {len(keys) - _SHOWN} more" if len(keys) > _SHOWN else ""
            title = f"keys that {more.version} knows and {less.version} does not"
            detail = ", ".join(keys[:_SHOWN]) + rest
            yield Finding("config.upgrade-keys", "info", title, detail, evidence={"keys": keys})
