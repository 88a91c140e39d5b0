"""Phrases that the summary and the report share: counts, places, what version and state mean."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from ..core.counting import count
from ..core.document import code
from .already import WORDS as LIVEKIT
from .effort import whole
from .facts import Message
from .inventory import Scan
from .version import Dependency

T = TypeVar("T")


def place(file: str, line: int | None = None) -> str:
    """A place in a file as a span of code."""
    return code(f"{file}:{line}" if line is not None else file)


def some(places: Sequence[str], most: int = 4) -> str:
    """The first of them, and how many more there are."""
    shown = ", ".join(places[:most])
    rest = len(places) - most
    return f"{shown} and {rest} more" if rest > 0 else shown


def unique(things: Iterable[T]) -> list[T]:
    """Each once, in order."""
    return list(dict.fromkeys(things))


def hours(low: float, high: float) -> str:
    """``4–12 h``."""
    return f"{whole(low)}–{whole(high)} h" if whole(low) != whole(high) else f"{whole(low)} h"


def asked(each: Dependency) -> str:
    """A dependency as it is asked for."""
    version = each.version or "any version"
    locked = f", locked at {each.locked}" if each.locked and each.locked not in each.version else ""
    unused = "" if each.used else ", not imported"
    return f"{code(each.name)} {code(version)}{locked}{unused}"


def headline(scan: Scan) -> str:
    """One sentence on how much there is."""
    if scan.used:
        files = f"{len(scan.files):,} of {count(len(scan.sources), 'source file')}"
        found = f"{count(len(scan.sites), 'import')} and {count(len(scan.calls), 'call')}"
        return f"Mediasoup: {found} in {files}"
    what = scan.version.flavour
    if what == "native":
        return "Mediasoup is used here, but not by JavaScript or TypeScript"
    if what == "leftover":
        return "No code uses Mediasoup here; something still names it"
    if not scan.sources:
        return "No Mediasoup here: there is no JavaScript or TypeScript"
    return f"No Mediasoup in {count(len(scan.sources), 'source file')}"


def flavour(scan: Scan) -> str:
    """What Mediasoup it is, and what follows from it, in a sentence or two."""
    which = scan.version
    reason = f" ({which.why})" if which.why else ""
    if which.flavour == "v3":
        said = "Mediasoup 3" if which.major == 3 else "Mediasoup 3, by its API"
        return f"{said}; one package is older{reason}, and lkm changes no code of that" if reason else said
    if which.flavour == "v2":
        return (
            f"Mediasoup 2{reason}. Its names are older; most have the same counterpart in LiveKit, but lkm "
            "changes no code of version 2 by itself."
        )
    if which.flavour == "library":
        return (
            f"This repository is a library on top of Mediasoup{reason}. Whoever uses it changes to LiveKit's "
            "own SDK instead: there is nothing to migrate in the library itself."
        )
    if which.flavour == "native":
        return (
            f"Mediasoup in another language{reason}. lkm reads JavaScript and TypeScript only; LiveKit has "
            "SDKs for Python, Rust, Go, Swift, Kotlin, Flutter, Unity and C++."
        )
    return f"What is left of Mediasoup{reason}" if which.flavour == "leftover" else "none"


def livekit(scan: Scan) -> str:
    """How far LiveKit is, in a sentence."""
    there = scan.livekit
    text = LIVEKIT[there.state]
    if there.state == "beside":
        text += f": imported by {count(len(there.files), 'file')}"
        text += f", Mediasoup by {count(len({site.file for site in scan.sites}), 'file')}"
    if there.state == "switched" and scan.artefacts:
        text += f"; still named in {count(len(scan.artefacts), 'other file')}"
    return text


def span(message: Message) -> str:
    """A message's place: the whole handler where there is one."""
    end = f"-{message.end_line}" if message.end_line > message.line else ""
    return code(f"{message.file}:{message.line}{end}")


def by_file(places: Iterable[tuple[str, int]], most: int = 8) -> list[str]:
    """``a.ts:1,5,9``, one for each file."""
    lines: dict[str, list[int]] = {}
    for file, line in places:
        if line not in lines.setdefault(file, []):
            lines[file].append(line)
    return [
        code(f"{file}:{','.join(str(n) for n in numbers[:most])}") + (" …" if len(numbers) > most else "")
        for file, numbers in lines.items()
    ]
