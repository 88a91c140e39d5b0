"""Files that are no JavaScript: which lines of them speak of Mediasoup, or will change with it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from .kinds import Kind, kind_of

Why = Literal[
    "word", "variable", "ports", "host-network", "build-tools", "upgrade", "csp", "coturn", "livekit"
]
"""``word`` names Mediasoup or protoo; the others matter only where Mediasoup is used at all."""

PLAN_MARK = "<!-- lkm scan --plan"
"""Ends what lkm itself wrote: a plan must not find itself at the next scan."""

_MOST = 400  # hits kept of one file: a changelog may have thousands

_WORD = re.compile(r"mediasoup|mediasfu|protoo", re.IGNORECASE)
_LIVEKIT = re.compile(r"livekit", re.IGNORECASE)
_VARIABLE = re.compile(
    r"\b(?:[A-Z0-9]+_)*(?:MEDIASOUP|SFU|RTC|WEBRTC|ANNOUNCED|TURN|COTURN|STUN|ICE)(?:_[A-Z0-9]+)*\b"
)
_OWN_VARIABLE = re.compile(r"\b[A-Z0-9_]*(?:ANNOUNCED_?(?:IP|ADDRESS)|LISTEN_?IP|RTC_?M(?:IN|AX)_?PORT)\b")
_NOT_A_VARIABLE = frozenset(
    {"ICE", "TURN", "STUN", "RTC", "WEBRTC", "SFU", "ANNOUNCED", "MEDIASOUP", "COTURN"}
)
_PORTS = re.compile(r"\b(\d{4,5})\s*[-:]\s*(\d{4,5})\b")
_TOOLS = re.compile(r"\bbuild-essential\b|\bg\+\+|\bpython3?(?:-pip|-dev)?\b|\bmeson\b|\bninja(?:-build)?\b")
_INSTALL = re.compile(r"\b(?:apt-get|apt|apk|yum|dnf|pip3?)\b.*\b(?:install|add)\b|^\s+[\w+.\s-]+\\?$")
_UPGRADE = re.compile(
    r"proxy_set_header\s+Upgrade|\$http_upgrade|\bwebsocket\b|/socket\.io|Connection.*upgrade", re.IGNORECASE
)
_CSP = re.compile(r"connect-src|Content-Security-Policy", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Hit:
    """A line that matters. ``word`` is what was found in it, never a value of a variable."""

    line: int
    why: Why
    word: str


@dataclass(frozen=True, slots=True)
class TextFacts:
    """What one file says. ``more`` counts hits that were not kept; ``problem`` is why it was not read."""

    path: str
    kind: Kind
    hits: tuple[Hit, ...] = ()
    more: int = 0
    problem: str = ""


def read_text(path: str, data: bytes) -> TextFacts:
    """The lines of a file that matter, by its path and bytes."""
    text = decoded(data)
    if text is None:
        return TextFacts(path, "other")
    if PLAN_MARK in text[-4000:]:
        return TextFacts(path, "docs")
    kind = kind_of(path, text[:4000])
    if kind == "lockfile":
        hits = tuple(Hit(line, "word", word) for line, word in words(text))
    else:
        hits = tuple(_hits(kind, text))
    return TextFacts(path, kind, hits[:_MOST], max(0, len(hits) - _MOST))


def decoded(data: bytes) -> str | None:
    """Its text, by its byte order mark or as UTF-8; None where it is none."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    if b"\0" in data[:4096]:
        return None
    return data.decode("utf-8", "replace").removeprefix("\ufeff")


def words(text: str) -> Iterator[tuple[int, str]]:
    """Line and word, found without splitting: a lockfile has 50,000 lines and names it in five."""
    line, at = 1, 0
    last = 0
    for match in _WORD.finditer(text):
        line += text.count("\n", at, match.start())
        at = match.start()
        if line != last:
            yield line, match[0].lower()
            last = line


def _hits(kind: Kind, text: str) -> Iterator[Hit]:
    mostly_silent = kind in ("docs", "code", "other", "config", "script", "manifest")
    if mostly_silent and not (_WORD.search(text) or _LIVEKIT.search(text) or _may_matter(kind, text)):
        return
    for number, line in enumerate(text.split("\n"), 1):
        yield from _line(kind, number, line)


def _may_matter(kind: Kind, text: str) -> bool:
    return kind in ("config", "script", "other") and bool(_CSP.search(text) or _OWN_VARIABLE.search(text))


def _line(kind: Kind, number: int, line: str) -> Iterator[Hit]:
    if len(line) > 5000:  # data on one line
        line = line[:5000]
    if word := _WORD.search(line):
        yield Hit(number, "word", word[0].lower())
    if _LIVEKIT.search(line):
        yield Hit(number, "livekit", "livekit")
    if kind in ("docs", "code", "manifest"):
        return
    comment = line.lstrip().startswith(("#", "//", ";")) and kind != "env"
    if comment:
        return
    for name in dict.fromkeys(m[0] for each in (_OWN_VARIABLE, _VARIABLE) for m in each.finditer(line)):
        if name not in _NOT_A_VARIABLE and "_" in name:
            yield Hit(number, "variable", name)
    yield from _deployment(kind, number, line)


def _deployment(kind: Kind, number: int, line: str) -> Iterator[Hit]:
    if kind in ("docker", "compose", "k8s", "terraform", "script", "ci") and (ports := _port_range(line)):
        yield Hit(number, "ports", ports)
    if kind in ("compose", "k8s") and re.search(r"network_mode:\s*[\"']?host|hostNetwork:\s*true", line):
        yield Hit(number, "host-network", "host network")
    if kind == "docker" and (tools := _TOOLS.search(line)) and _INSTALL.search(line):
        yield Hit(number, "build-tools", tools[0])
    if kind == "proxy" and _UPGRADE.search(line):
        yield Hit(number, "upgrade", "WebSocket")
    if kind in ("proxy", "config", "other", "k8s") and _CSP.search(line):
        yield Hit(number, "csp", "connect-src")
    if kind in ("compose", "k8s", "docker", "script", "terraform", "ci") and re.search(
        r"coturn|turnserver", line
    ):
        yield Hit(number, "coturn", "coturn")


def _port_range(line: str) -> str:
    """A range of at least 20 ports, as media needs them and hardly anything else does."""
    for match in _PORTS.finditer(line):
        low, high = int(match[1]), int(match[2])
        if 1024 <= low < high <= 65535 and high - low >= 20 and match[0].count("-"):
            return f"{low}-{high}"
    return ""
