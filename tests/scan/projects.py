"""Small repositories as dictionaries of file names and texts, and what scan finds in them."""

from __future__ import annotations

import posixpath
from textwrap import dedent

from livekit_migrate.scan.facts import Call, FileFacts
from livekit_migrate.scan.link import link
from livekit_migrate.scan.read import read_source

ENDINGS = ("", ".ts", ".tsx", ".js", ".vue", "/index.ts", "/index.js")


class Files:
    """Resolves relative specifiers, ``@/`` to ``src/`` and the names of workspace packages."""

    def __init__(self, names: list[str], packages: dict[str, str]) -> None:
        self.names = names
        self.packages = packages

    def resolve(self, from_file: str, specifier: str) -> str | None:
        if specifier in self.packages:
            return self.packages[specifier]
        if specifier.startswith("@/"):
            stem = "src/" + specifier[2:]
        elif specifier.startswith("."):
            stem = posixpath.normpath(posixpath.join(posixpath.dirname(from_file), specifier))
        else:
            return None
        return next((stem + ending for ending in ENDINGS if stem + ending in self.names), None)


def read(name: str, text: str) -> FileFacts:
    return read_source(name, dedent(text).encode())


def calls(files: dict[str, str], packages: dict[str, str] | None = None) -> list[Call]:
    facts = [read(name, text) for name, text in files.items()]
    return list(link(facts, Files(list(files), packages or {})).calls)


def found(files: dict[str, str], packages: dict[str, str] | None = None) -> list[str]:
    """``file:line receiver.method``, with a question mark after what is inferred."""
    return [
        f"{call.file}:{call.line} {call.receiver}.{call.method}{'?' * (call.confidence == 'inferred')}"
        for call in calls(files, packages)
    ]


def marked(code: str, name: str) -> tuple[list[str], list[str]]:
    """What was found in a file, and what its comments ``//! receiver.method`` say should be."""
    text = dedent(code)
    wanted = [
        f"{number} {want}"
        for number, line in enumerate(text.splitlines(), 1)
        if "//!" in line
        for want in line.split("//!")[1].split()
    ]
    got = [one.split(":", 1)[1] for one in found({name: text})]
    number_and_call = [one.split(" ", 1) for one in got]
    return [
        f"{number} {call.replace(' ', '').replace('?.', '.')}" for number, call in number_and_call
    ], wanted
