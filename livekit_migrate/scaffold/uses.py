"""What components take of a hook: members that the LiveKit half lacks, and which hooks may be the seam."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..code.js.nodes import above, called, of_type
from ..code.js.parse import Node, Parsed, word
from ..core.result import Finding, Fix, Location
from .edits.exports import declaration, exports
from .edits.imports import imported
from .sides import Side
from .source import Sources

HALF = "useLiveKitCall"
"""The template's hook."""
HOOK = re.compile(r"use[A-Z]\w*\Z")
MEMBERS = frozenset(
    {
        "status", "error", "participants", "isMicrophoneEnabled", "isCameraEnabled", "isScreenSharing",
        "join", "leave", "toggleMicrophone", "toggleCamera", "toggleScreenShare", "switchDevice",
        "messages", "sendMessage", "isHost", "joinRequests", "approve", "deny",
    }
)  # fmt: skip
"""What the template's hook returns."""
_IMPORT = re.compile(rb"(?:from|import|require)\s*\(?\s*[\"']([^\"'\n]+)[\"']")
_MOST = 8
_DEPTH = 6


def missing(file: str, name: str, web: Side, sources: Sources) -> Iterator[Finding]:
    """Each place that takes members from the hook which the LiveKit half does not have."""
    for path, node, members in _uses(file, name, web, sources):
        unknown = [each for each in members if each not in MEMBERS]
        if unknown:
            yield Finding(
                "init.seam-member",
                "warn",
                f"uses what the LiveKit half of {name} does not have: {', '.join(unknown)}",
                category="init",
                location=Location(path, node.start_point[0] + 1),
                evidence={"members": unknown, "hook": name},
                fix=Fix(f"give {HALF} these members, or take them from what it returns"),
            )


def _uses(file: str, name: str, web: Side, sources: Sources) -> Iterator[tuple[str, Node, list[str]]]:
    resolver = sources.app.resolver
    for path, parsed in sources.with_words(web.folder, name.encode()):
        names = {name} if path == file else set()
        for node in parsed.root.named_children:
            if node.type == "import_statement":
                source = word(node.child_by_field_name("source"))[1:-1]
                if resolver.resolve(path, source) == file:
                    names |= {
                        own for own, its in imported(parsed, source).items() if its in (name, "default")
                    }
        for node in of_type(parsed.root, "call_expression") if names else ():
            if called(node) in names:
                yield path, node, list(_members(node, parsed))


def _members(call: Node, parsed: Parsed) -> Iterator[str]:
    """What is taken from a hook's result: by a pattern, or by the name that it is given."""
    parent = call.parent
    if parent is None:
        return
    if parent.type == "member_expression":
        yield word(parent.child_by_field_name("property"))
        return
    target = parent.child_by_field_name("name") if parent.type == "variable_declarator" else None
    if target is None:
        return
    if target.type == "object_pattern":
        for child in target.named_children:
            if child.type == "shorthand_property_identifier_pattern":
                yield word(child)
            elif child.type in ("pair_pattern", "object_assignment_pattern"):
                yield word(child.child_by_field_name("key") or child.child_by_field_name("left"))
    elif target.type == "identifier":
        local = word(target)
        inside = above(call, "statement_block") or parsed.root
        found = [
            word(node.child_by_field_name("property"))
            for node in of_type(inside, "member_expression")
            if word(node.child_by_field_name("object")) == local
        ]
        yield from dict.fromkeys(found)


def candidates(web: Side, sources: Sources) -> Iterator[Finding]:
    """The hooks through which components reach Mediasoup, those that most of them use first."""
    reach = _reach(web, sources)
    counted: list[tuple[int, str, str, int]] = []
    for path in sorted(reach):
        parsed = sources.parsed(path)
        if parsed is None:
            continue
        for name in exports(parsed):
            declared = declaration(parsed, name) if HOOK.match(name) else None
            if declared is not None:
                users = {user for user, _, _ in _uses(path, name, web, sources) if user.endswith("x")}
                if users:
                    counted.append((len(users), path, name, declared.start_point[0] + 1))
    counted.sort(key=lambda each: (-each[0], each[1], each[2]))
    for count, path, name, line in counted[:_MOST]:
        many = "component reaches" if count == 1 else "components reach"
        yield Finding(
            "init.seam-candidate",
            "info",
            f"{name}: {count} {many} Mediasoup by it",
            category="init",
            location=Location(path, line),
            evidence={"seam": f"{path}#{name}", "components": count},
            fix=Fix("make it the seam", f"lkm init --seam {path}#{name}"),
        )


def _reach(web: Side, sources: Sources) -> set[str]:
    """The files of the web app from which Mediasoup's client is imported, over at most so many others."""
    resolver = sources.app.resolver
    found: set[str] = set()
    importers: dict[str, list[str]] = {}
    for path in sources.code_of(web.folder):
        text = sources.text(path)
        if text is None:
            continue
        for match in _IMPORT.findall(text.code):
            said = match.decode("utf-8", "replace")
            if said == "mediasoup-client" or said.startswith("mediasoup-client/"):
                found.add(path)
            elif (target := resolver.resolve(path, said)) is not None:
                importers.setdefault(target, []).append(path)
    edge = set(found)
    for _ in range(_DEPTH):
        edge = {user for path in edge for user in importers.get(path, ())} - found
        found |= edge
    return found
