"""Names in a token that the server passes over: a grant that is not one grants nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...core.result import Finding
from .claims import field_of
from .facts import Facts, camel, finding, pairs
from .rules import GRANTS, REGISTERED, SECTIONS
from .words import safe


def names(facts: Facts) -> Iterator[Finding]:
    """A remark for each such name."""
    video = SECTIONS["video"]
    known = facts.rules.known
    top = known(REGISTERED) | known(GRANTS)
    for name, value in pairs(facts.payload):
        field = field_of(name, top, facts.rules)
        if field is not None:
            if field != name:
                yield _other_case(name, field)
            yield from _section_names(name, value, facts)
        elif camel(name) in video and name not in ("room", "agent", "hidden", "recorder"):
            yield finding(
                "top-level-grant",
                "warn",
                f"{safe(name)} stands at the top; the server looks for grants inside video",
                fix=f'write {{"video": {{"{camel(name)}": …}}}}',
            )
        elif name in ("room", "roomName", "room_name"):
            yield finding(
                "top-level-grant",
                "warn",
                f"{safe(name)} stands at the top; the server looks for it as video.room",
                fix='write {"video": {"room": …}}',
            )
        elif name.replace("_", "").lower() in ("videogrant", "videogrants", "grants", "grant"):
            yield finding(
                "top-level-grant",
                "warn",
                f"{safe(name)} is no claim; grants stand in video",
                fix='rename it: "video"',
            )
        elif "_" in name and (meant := field_of(camel(name), top, facts.rules)):
            yield _snake(name, meant)


def _section_names(section: str, value: Any, facts: Facts) -> Iterator[Finding]:
    if section not in SECTIONS:
        return
    fields = facts.rules.known(SECTIONS[section])
    later = SECTIONS[section]
    for name, _ in pairs(value):
        field = field_of(name, fields, facts.rules)
        if field is not None:
            if field != name:
                yield _other_case(f"{section}.{name}", field)
            continue
        if "_" in name and camel(name) in later:
            yield _snake(f"{section}.{name}", camel(name))
        elif name in later:
            since = ".".join(map(str, later[name].since))
            yield finding(
                "unknown-grant",
                "warn",
                f"{section}.{name} means nothing to {facts.rules.version}: servers know it since {since}",
            )
        else:
            near = _nearest(name, later)
            yield finding(
                "unknown-grant",
                "warn",
                f"{section}.{safe(name)} is no grant: the server passes over it",
                fix=f"did you mean {near}?" if near else "",
            )


def _nearest(name: str, names: Mapping[str, Any]) -> str:
    import difflib

    folded = {known.lower(): known for known in names}
    near = difflib.get_close_matches(name.replace("_", "").lower(), folded, n=1, cutoff=0.7)
    return folded[near[0]] if near else ""


def _snake(name: str, meant: str) -> Finding:
    return finding(
        "snake-case",
        "warn",
        f"{safe(name)} means nothing to the server: names in a token are in camel case",
        fix=f"write {meant}",
    )


def _other_case(name: str, field: str) -> Finding:
    return finding(
        "case",
        "warn",
        f"{safe(name)} is read as {field}: since 1.13.0 the case does not matter, older servers pass over it",
        fix=f"write {field}",
    )
