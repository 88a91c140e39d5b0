"""Whether a server can be reached from outside of its container: many listen on localhost alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..core.result import Finding, Fix, Location
from .sides import Side
from .source import Sources

_CALL = re.compile(rb"\b(?:listen|serve)\s*\(\s*(?P<arguments>\{[^{}]*\}|[^(){}]*)")
_LOCAL = re.compile(rb"[\"'`](?:localhost|127\.0\.0\.1|::1)[\"'`]")
_NAMED = re.compile(rb"\bhost(?:name)?\b|\.\.\.")


def alone(server: Side, sources: Sources) -> Iterator[Finding]:
    """A finding where the server listens on localhost alone; the app decides, so nothing is edited.

    Fastify does so by default (fastify.dev/docs/latest/Guides/Getting-Started, "Your first server").
    """
    name = "hostname" if server.kind == "hono" else "host"
    for path in sources.code_of(server.folder):
        text = sources.text(path)
        for call in _CALL.finditer(text.code) if text is not None else ():
            said = call["arguments"]
            silent = server.kind == "fastify" and said.startswith(b"{") and not _NAMED.search(said)
            if text is None or not (silent or _LOCAL.search(said)):
                continue
            edit = f'{name}: "0.0.0.0"' if said.startswith(b"{") else '"0.0.0.0"'
            yield Finding(
                "init.listens",
                "warn",
                "the server listens on localhost alone: in a container nobody outside of it reaches it",
                category="init",
                location=Location(path, text.line(call.start())),
                evidence={"edit": edit},
                fix=Fix(f"in what it listens on: {edit}"),
            )
