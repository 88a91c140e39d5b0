"""HAProxy: backends that lead to nothing but what goes, the rules that choose them, their conditions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ...code.directives import Directive
from .routes import Found
from .targets import Targets

# What answers by itself, or takes its servers from elsewhere.
_MORE = frozenset(
    {"server-template", "dispatch", "redirect", "errorfile", "use-server", "stats", "monitor-uri"}
)
_ANSWERS = re.compile(r"return|redirect|use-service|deny|tarpit|auth|reject")


def is_haproxy(text: str) -> bool:
    """Whether a text looks like an HAProxy configuration."""
    found = re.findall(r"^(global|defaults|frontend|backend|listen)\b", text, re.MULTILINE)
    return len(set(found)) >= 2


def routes(trees: Mapping[str, Sequence[Directive]], targets: Targets) -> dict[str, Found]:
    """What goes of each file.

    Args:
        trees: path → its sections.
    """
    return {path: _file(tree, targets) for path, tree in trees.items()}


def _file(tree: Sequence[Directive], targets: Targets) -> Found:
    found = Found()
    lines = [line for section in tree for line in section.block]
    dynamic = next((line for line in lines if line.name == "use_backend" and "%[" in line.words[1]), None)
    backends = {each.words[1]: each for each in tree if each.name == "backend" and len(each.words) > 1}
    dead = {name for name, each in backends.items() if _verdict(each, targets) == "gone"}
    for section in tree:
        if section.name in ("backend", "listen") and _verdict(section, targets) == "mixed":
            why = "some of its servers go, or it does something else, too"
            found.stay(section, " ".join(section.words[:2]), why)
    if dynamic is not None:
        for name in dead:
            why = f"all of its servers go, but line {dynamic.line} chooses a backend by what a request says"
            found.stay(backends[name], f"backend {name}", why)
        return found
    for section in tree:
        if section.name == "listen" and _verdict(section, targets) == "gone":
            found.go(section, " ".join(section.words[:2]), f"it leads to {_server(section)} alone")
        elif section.name in ("frontend", "listen"):
            _frontend(section, dead, found)
    for name in sorted(dead):
        own = backends[name].block
        users = [line for line in _staying(tree, found) if line not in own and _speaks_of(line, name)]
        if users:
            why = f"all of its servers go, but line {users[0].line} names it"
            found.stay(backends[name], f"backend {name}", why)
        else:
            found.go(backends[name], f"backend {name}", f"it leads to {_server(backends[name])} alone")
    for section in tree:
        if section not in found.gone:
            _conditions(section, found)
    return found


def _verdict(section: Directive, targets: Targets) -> str:
    servers = [line for line in section.block if line.name == "server"]
    gone = [line for line in servers if len(line.words) > 2 and targets.gone(line.words[2])]
    if not gone:
        return "stays"
    others = [
        line
        for line in section.block
        if line.name in _MORE
        or line.name in ("use_backend", "default_backend")
        or (
            line.name.startswith(("http-request", "tcp-request"))
            and _ANSWERS.search(" ".join(line.words[1:]))
        )
    ]
    return "mixed" if others or len(gone) < len(servers) else "gone"


def _server(section: Directive) -> str:
    return next((line.words[2] for line in section.block if line.name == "server"), "it")


def _frontend(section: Directive, dead: set[str], found: Found) -> None:
    """The rules of a frontend that choose a backend which goes; all of it where nothing else is chosen."""
    chosen = [line for line in section.block if line.name in ("use_backend", "default_backend")]
    gone = [line for line in chosen if len(line.words) > 1 and line.words[1] in dead]
    if not gone:
        return
    answers = any(
        line.name in _MORE
        or line.name == "server"
        or (line.name.startswith("http-request") and re.search(r"return|use-service", line.words[1]))
        for line in section.block
    )
    if len(gone) == len(chosen) and not answers:
        found.go(section, f"frontend {section.words[1]}", f"it leads to backend {gone[0].words[1]} alone")
        return
    for line in gone:
        if line.name == "default_backend":
            why = f"backend {line.words[1]} goes: what shall answer here in its place?"
            found.stay(line, f"default_backend {line.words[1]}", why)
        else:
            found.go(line, f"use_backend {line.words[1]}", f"backend {line.words[1]} goes")


def _staying(tree: Sequence[Directive], found: Found) -> list[Directive]:
    return [
        line
        for section in tree
        if section not in found.gone
        for line in section.block
        if line not in found.gone
    ]


def _speaks_of(line: Directive, backend: str) -> bool:
    # A condition and a server may bear a backend's name without meaning it.
    return backend in line.words[2 if line.name in ("acl", "server") else 1 :]


def _conditions(section: Directive, found: Found) -> None:
    """Conditions (``acl``) of a section that only rules which go have used."""
    for name in dict.fromkeys(line.words[1] for line in section.block if line.name == "acl"):
        users = [line for line in section.block if line.name != "acl" and _names(line, name)]
        if users and all(line in found.gone for line in users):
            for line in section.block:
                if line.name == "acl" and line.words[1] == name:
                    found.go(line, f"acl {name}", "only rules that go have used it")


def _names(line: Directive, acl: str) -> bool:
    return any(word.removeprefix("!") == acl for word in line.words[1:])
