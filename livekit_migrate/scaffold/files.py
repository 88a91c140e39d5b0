"""The templates' files for an app: rendered, in its language and style, and merged with what is there."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from ..app.manifests import join
from ..code.js.endings import GRAMMAR_OF_ENDING
from ..code.js.style import Style
from ..core.errors import ConfigError
from ..core.files import read_bytes
from ..core.render import render
from .merge import Conflict, merge
from .templates import Template, TemplateFile, fits

_TYPED = re.compile(r"\.(tsx?)$")

State = Literal["new", "same", "update", "merge", "kept", "removed", "theirs", "clash", "conflict"]


@dataclass(frozen=True, slots=True)
class Target:
    """Where files of one place go, and how they are written there.

    Args:
        folder: relative to the root.
        typed: whether TypeScript stays TypeScript.
        commonjs: whether modules are CommonJS.
    """

    folder: str
    style: Style
    typed: bool = True
    commonjs: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file as lkm would have it. ``path`` is relative to the root; ``yields`` as of ``TemplateFile``."""

    path: str
    text: str
    yields: bool = False


@dataclass(frozen=True, slots=True)
class Settled:
    """What becomes of a file.

    Args:
        state: ``new``; ``same`` as it is; ``update`` (the user changed nothing); ``merge`` (both did, at
            different places); ``kept`` (only the user did); ``removed`` (by the user); ``theirs`` (the app
            has its own, which will do); ``clash`` (somebody else's file has the name); ``conflict`` (both
            changed the same lines).
        after: the bytes to write, None where nothing is written.
        base: what the next run is to compare with; None where nothing is lkm's.
    """

    path: str
    state: State
    after: bytes | None
    base: str | None
    conflicts: tuple[Conflict, ...] = ()


def wanted(
    chosen: Sequence[Template], values: Mapping[str, Any], targets: Mapping[str, Target]
) -> Iterator[Wanted]:
    """The files of templates.

    Args:
        chosen: those that fit the app.
        targets: place → where that is; a file of a place that is not there is left out.

    Raises:
        ConfigError: a template needs a value that is missing, or its code is broken.
    """
    for template in chosen:
        for file in template.files:
            target = targets.get(file.into)
            if target is not None and fits(file.when, values):
                yield _made(template, file, values, target)


def _made(template: Template, file: TemplateFile, values: Mapping[str, Any], target: Target) -> Wanted:
    shown = f"templates/{template.name}/{file.source}"
    path = render(file.target, values, name=shown)
    text = render(template.read(file), values, name=shown).lstrip("\n")
    ending = f".{path.rpartition('.')[2]}"
    if ending in GRAMMAR_OF_ENDING:
        try:
            path, text = _in_style(path, text, target)
        except ValueError as error:
            raise ConfigError(f"{shown}: {error}", code="template.code") from error
    elif target.style.newline != "\n":
        text = text.replace("\n", target.style.newline)
    return Wanted(join(target.folder, path), text, file.yields)


def _in_style(path: str, text: str, target: Target) -> tuple[str, str]:
    from ..code.js.erase import erase, to_commonjs
    from ..code.js.restyle import restyle

    grammar = GRAMMAR_OF_ENDING[f".{path.rpartition('.')[2]}"]
    style = target.style
    if not target.typed and _TYPED.search(path):
        text = erase(text, grammar)
        path = _TYPED.sub(lambda found: f".{found[1].replace('t', 'j', 1)}", path)
        grammar = "javascript"
        if target.commonjs:
            text = to_commonjs(text)
            style = replace(style, ending="")
    return path, restyle(text, grammar, style)


def settle(root: Path, file: Wanted, base: str | None) -> Settled:
    """Compare a file with what is there and with what lkm wrote last time.

    Args:
        base: what lkm wrote last time, None where it wrote nothing.

    Raises:
        ConfigError: what is there cannot be read.
    """
    path = root / file.path
    if not os.path.lexists(path):
        if base is not None and _same(base, file.text):
            return Settled(file.path, "removed", None, base)
        return Settled(file.path, "new", file.text.encode(), file.text)
    raw = read_bytes(path)
    try:
        there = raw.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError:
        return Settled(file.path, "theirs" if file.yields else "clash", None, base)
    if _same(there, file.text):
        return Settled(file.path, "same", None, file.text)
    if base is None:
        return Settled(file.path, "theirs" if file.yields else "clash", None, None)
    if _same(there, base):
        return Settled(file.path, "update", _like(raw, file.text), file.text)
    merged = merge(base, there, file.text)
    if merged.conflicts:
        # The old base stays, so that the next run says it again until it is settled.
        return Settled(file.path, "conflict", None, base, merged.conflicts)
    if _same(merged.text, there):
        return Settled(file.path, "kept", None, file.text)
    return Settled(file.path, "merge", _like(raw, merged.text), file.text)


def _same(a: str, b: str) -> bool:
    """Equal but for line ends, which git may change."""
    return a.replace("\r\n", "\n") == b.replace("\r\n", "\n")


def _like(raw: bytes, text: str) -> bytes:
    """The text with the byte order mark and the line ends of the file that it replaces."""
    text = text.replace("\r\n", "\n")
    if b"\r\n" in raw:
        text = text.replace("\n", "\r\n")
    mark = b"\xef\xbb\xbf" if raw.startswith(b"\xef\xbb\xbf") else b""
    return mark + text.encode()
