"""One source file's bytes to its facts."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import PurePosixPath

from ..code.js.embed import Scripts, scripts
from ..code.js.endings import GRAMMAR_OF_ENDING, Grammar
from ..code.js.parse import Parsed, errors, parse, word
from ..code.js.scope import NO_SCOPES, resolve
from ..code.js.text import NotTextError, Text
from .facts import FileFacts, Problem
from .flow import unit_of
from .kinds import LARGEST
from .mentions import mentions
from .messages import messages
from .sites import script_tags, sites

# Blanks are asked for in one place after another, never in two at once: no run of them is walked twice.
SPECIFIER = re.compile(
    rb"""\b(?:from|import|require(?:\.resolve)?)\s*(?:(?:\(|/\*[^*]{0,200}\*/)\s*){0,4}['"`]([^'"`\n]{1,300})['"`]"""
)
BUNDLE = re.compile(
    rb"__webpack_require__|webpackBootstrap|function [a-z]\([a-z],[a-z],[a-z]\)\{function |parcelRequire"
    rb"|sourceMappingURL=data:|typeof exports *={2,3} *[\"']object[\"'] *&& *typeof module"
    rb"|System\.register\(\["
)
# A file without any of these (in lower case) has no site, no call and no message, and nothing of the kind
# passes through it: its values need not be followed.
HINTS = (
    *(
        b"mediasoup",
        b"protoo",
        b"livekit",
        b"produc",
        b"consum",
        b"transport",
        b"router",
        b"worker",
        b"device",
    ),
    *(b"peer", b"room", b"rtc", b"sfu", b"media", b"signal", b"socket", b"stream", b"call", b"track"),
    *(b".load(", b".close(", b".pause(", b".resume(", b".getstats(", b".restartice(", b".emit(", b".send("),
    *(b"createcontext", b"export *", b"export {", b"export type {", b"ffmpeg", b"rtmp", b"rtsp", b"m3u8"),
)
BUILT_NAME = re.compile(r"[.-](?:min|bundle|umd|iife)\.[cm]?js$", re.IGNORECASE)
BUILT_FOLDER = re.compile(
    r"(?:^|/)(?:dist|coverage|node_modules|bower_components|\.next|\.nuxt|\.output|\.svelte-kit|\.yarn|\.turbo)/"
)


def read_source(path: str, text: bytes) -> FileFacts:
    """Read one file.

    Args:
        path: relative to the project, ``/`` between folders; its ending says the language.
        text: the file's bytes, in any encoding that a byte order mark names, else UTF-8.

    Never raises for what the bytes hold: what cannot be read is in ``problems``.
    """
    if len(text) > LARGEST:
        return too_large(path, len(text))
    blank = _blank(path, text.count(b"\n") + 1)
    try:
        source = Text(text)
    except NotTextError as error:
        return _unread(blank, "binary" if b"\0" in text else "encoding", str(error))
    blank = replace(blank, lines=source.lines)
    grammar = GRAMMAR_OF_ENDING.get(PurePosixPath(path).suffix.lower())
    if grammar is not None:
        if problem := not_written(path, source):
            return _unread(blank, *problem)
        return _script(blank, source, source.code, grammar)
    found = scripts(source.code, markup=blank.language == "html")
    return _embedded(blank, source, found)


def too_large(path: str, size: int) -> FileFacts:
    """What there is to say of a file of so many bytes without reading it."""
    return _unread(_blank(path, 0), "too-large", f"{size} bytes; the limit is {LARGEST}")


def _blank(path: str, lines: int) -> FileFacts:
    ending = PurePosixPath(path).suffix.lower()
    language = GRAMMAR_OF_ENDING.get(ending) or {".htm": "html"}.get(ending, ending[1:])
    return FileFacts(path, language, lines)


def _unread(blank: FileFacts, kind: str, detail: str) -> FileFacts:
    return replace(blank, problems=(Problem(blank.path, None, kind, detail),))  # type: ignore[arg-type]


def not_written(path: str, text: Text) -> tuple[str, str] | None:
    """What says that a person did not write the file, None where nothing does."""
    code = text.code
    if len(code) > 2000 and len(code) / text.lines > 400:
        return "minified", f"{len(code)} bytes in {text.lines} lines"
    if named := BUILT_NAME.search(path):
        return "minified", f"named {named[0]}"
    if folder := BUILT_FOLDER.search(path):
        return "generated", f"in a folder for built files: {folder[0].strip('/')}"
    if match := BUNDLE.search(code[:4000] if len(code) < 100_000 else code[:40_000]):
        return "generated", f"a bundle: {match[0].decode()}"
    return None


def _embedded(blank: FileFacts, text: Text, found: Scripts) -> FileFacts:
    tags = tuple(script_tags(text, blank.path, found.tags))
    ours = tuple(site for site in tags if site.family != "livekit")
    livekit = tuple(site for site in tags if site.family == "livekit")
    if found.empty:
        return replace(blank, sites=ours, livekit=livekit)
    facts = _script(blank, text, found.code, found.grammar)
    sites = sorted((*ours, *facts.sites), key=lambda site: (site.line, site.column))
    return replace(facts, sites=tuple(sites), livekit=(*livekit, *facts.livekit))


def _script(blank: FileFacts, text: Text, code: bytes, grammar: Grammar) -> FileFacts:
    imports = tuple(dict.fromkeys(m.decode("utf-8", "replace") for m in SPECIFIER.findall(code)))
    parsed = parse(code, grammar)
    problems: tuple[Problem, ...] = () if parsed.sound else _syntax(blank, text, parsed)
    lower = code.lower()
    if not any(hint in lower for hint in HINTS):
        return replace(blank, imports=imports, problems=problems)
    scopes, unit = NO_SCOPES, None
    try:
        scopes = resolve(parsed)
        unit = unit_of(parsed, scopes, text)
    except RecursionError:
        # What stands by itself, such as an import, is found all the same.
        problems = (
            *problems,
            Problem(blank.path, None, "too-deep", "nested too deep to follow values"),
        )
    found = sorted(sites(text, blank.path, code, parsed, scopes), key=lambda site: (site.line, site.column))
    return replace(
        blank,
        sites=tuple(site for site in found if site.family != "livekit"),
        livekit=tuple(site for site in found if site.family == "livekit"),
        messages=tuple(sorted(messages(text, blank.path, parsed), key=lambda message: message.line)),
        mentions=tuple(mentions(text, blank.path, parsed)),
        problems=problems,
        imports=imports,
        unit=unit,
    )


def _syntax(blank: FileFacts, text: Text, parsed: Parsed) -> tuple[Problem, ...]:
    first = next(errors(parsed.root), None)
    if first is None:
        return ()
    shown = " ".join(word(first).split())[:60]
    detail = f"missing {first.type}" if first.is_missing else f"not understood: {shown}"
    return (Problem(blank.path, text.line(first.start_byte), "syntax", detail),)
