"""Safe fixes as splices of the text: all else of it stays as it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ...core.result import Finding
from .tree import Node


def replacing(text: str, node: Node, new: str) -> dict[str, Any]:
    """The edit that puts other YAML in the place of a scalar, for a finding's evidence.

    Empty where the scalar has an anchor or a tag, or is a block: those are for hands.
    """
    old = text[node.start : node.end]
    plain = node.kind == "scalar" and not node.anchor and not node.tagged
    whole = old == node.value if not node.style else old[:1] == old[-1:] == node.style
    return {"start": node.start, "end": node.end, "old": old, "new": new} if plain and whole and old else {}


def safe(findings: Iterable[Finding]) -> list[Mapping[str, Any]]:
    """The edits of all safe fixes, those that overlap an earlier one left out."""
    found: list[Mapping[str, Any]] = []
    for finding in findings:
        edit = finding.evidence.get("edit")
        if not edit or finding.fix is None or not finding.fix.safe:
            continue
        if all(edit["end"] <= other["start"] or other["end"] <= edit["start"] for other in found):
            found.append(edit)
    return found


def applied(text: str, edits: Iterable[Mapping[str, Any]]) -> str:
    """The text with the edits done. ``text`` has no byte order mark, as the places count."""
    for edit in sorted(edits, key=lambda one: int(one["start"]), reverse=True):
        text = text[: edit["start"]] + edit["new"] + text[edit["end"] :]
    return text
