"""What a place of an API key is, and a search for such places under way."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ..code import yaml
from ..core.errors import ConfigError
from ..core.secret import Secret
from ..core.settings import Settings
from .key_texts import Spot, Written, pairs, server_text, service_text
from .keys import KeyPair

Role = Literal["app", "server", "egress", "ingress", "sip", "webhook"]


@dataclass(frozen=True, slots=True)
class Place:
    """A key, and its secret where there is one, as one program gets them.

    Args:
        who: the program: ``app``, ``compose service livekit``, ``livekit.yaml``.
        secret: None where only the key is named (``webhook.api_key``).
        url: the server's address that stands beside it; empty for none.
        other: why it may rightly differ: it is for production, or nobody reads it.
        env_file: it is written in this .env file, not put together elsewhere.
    """

    role: Role
    who: str
    key: str
    secret: Secret | None
    key_at: Spot
    secret_at: Spot
    url: str = ""
    other: str = ""
    env_file: Path | None = None

    @property
    def pair(self) -> KeyPair | None:
        return KeyPair(self.key, self.secret) if self.secret else None

    @property
    def where(self) -> str:
        """Both places, or one where they are the same."""
        key, secret = str(self.key_at), str(self.secret_at)
        return key if self.secret is None or key == secret else f"{key} and {secret}"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something on the way that gives no key: ``id`` says what kind."""

    id: str
    title: str
    detail: str = ""
    at: Spot = field(default_factory=Spot)
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """All places. ``cut`` is why the search ended early; empty when it did not."""

    places: tuple[Place, ...] = ()
    problems: tuple[Problem, ...] = ()
    cut: str = ""

    def of(self, *roles: Role) -> tuple[Place, ...]:
        return tuple(place for place in self.places if place.role in roles)


@dataclass
class Search:
    """A search under way: what was found, and which files were looked at already."""

    settings: Settings
    shell: Mapping[str, str]
    places: list[Place] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    seen: set[Path] = field(default_factory=set)

    def spot(self, path: Path, line: int | None, origins: tuple[str, ...] = ()) -> Spot:
        return Spot(self.settings.relative(path), line, origins)

    def unreadable(self, error: ConfigError) -> None:
        file, line, text, detail = taken_apart(error)
        at = Spot(self.settings.relative(Path(file)), line)
        self.problems.append(Problem("keys.unreadable", text, detail, at, error.hint))


def taken_apart(error: ConfigError) -> tuple[str, int | None, str, str]:
    """File, line, what and why of an error about a file. Long quotes are masked: they may be a secret's."""
    where = re.match(r"(?P<file>.+?)(?::(?P<line>\d+))?(?::\d+)?: ", error.message)
    file, line = (where["file"], where["line"]) if where else ("", None)
    text = error.message[where.end() :] if where else error.message
    text, detail = (re.sub(r"(['\"])[^'\"]{12,}\1", "'…'", said) for said in (text, error.detail))
    return file, int(line) if line else None, text, detail


def add_pairs(
    search: Search,
    role: Role,
    who: str,
    text: str,
    base: Spot,
    *,
    what: str = "LIVEKIT_KEYS",
    other: str = "",
) -> tuple[Place, ...]:
    """The pairs of a text of pairs as places; none and a problem where the server would refuse it."""
    try:
        found = tuple(_place(role, who, one, other=other) for one in pairs(text, base, what))
    except ConfigError as error:
        title = error.message.removeprefix(f"{base}: ")
        problem = Problem(error.code, title, error.detail, base, "write it as: key: secret")
        search.problems.append(problem)
        return ()
    search.places += found
    return found


def _place(role: Role, who: str, one: Written, *, url: str = "", other: str = "") -> Place:
    return Place(role, who, one.key, one.secret, one.key_at, one.secret_at, url, other)


def role_of(word: str) -> Role:
    return "egress" if word == "egress" else "ingress" if word == "ingress" else "sip"


def add_service(search: Search, role: Role, who: str, document: yaml.Document, base: Spot) -> None:
    """The pair of an egress, ingress or SIP configuration."""
    written, url = service_text(document, base)
    if written is not None:
        search.places.append(_place(role, who, written, url=url))


def add_server(
    search: Search,
    who: str,
    document: yaml.Document,
    base: Spot,
    folder: Path,
    *,
    mounts: Mapping[str, Path] | None = None,
    other: str = "",
) -> tuple[Place, ...]:
    """The pairs of a server's configuration, its key file before its `keys`; `webhook.api_key` is added.

    Args:
        folder: where a relative key file is looked for.
        mounts: path in the container → file here.
        other: see ``Place``; of the pairs only.

    Returns:
        the pairs, which the caller adds: something else may win over them.
    """
    text = server_text(document, base)
    if text.webhook is not None:
        search.places.append(_place("webhook", f"{who}, webhook.api_key", text.webhook))
    if text.key_file is not None:
        named, spot = text.key_file
        path = _here(named, folder, mounts)
        if path is None or not os.path.lexists(path):
            problem = Problem("keys.key-file", f"key_file {named} is not on this machine", at=spot)
            search.problems.append(problem)
            return ()
        return key_file(search, f"{who}, key_file", path, other=other)
    return tuple(_place("server", who, one, other=other) for one in text.keys)


def _here(named: str, folder: Path, mounts: Mapping[str, Path] | None) -> Path | None:
    """A path that a server reads, as a file of this machine."""
    if mounts is None:
        return folder / Path(os.path.expanduser(os.path.expandvars(named)))  # noqa: PTH111 - Path's needs a home
    for target, source in mounts.items():
        if named == target:
            return source
        if named.startswith(target.rstrip("/") + "/"):
            return source / named[len(target.rstrip("/")) + 1 :]
    return None


def key_file(search: Search, who: str, path: Path, *, other: str = "") -> tuple[Place, ...]:
    """The pairs of a key file."""
    from ..core.files import read_text

    search.seen.add(path)
    try:
        text = read_text(path, what="key file", limit=1024 * 1024)
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o007 and os.name == "posix":
            title = f"others may use the key file (mode {mode:04o}): livekit-server refuses it"
            spot = search.spot(path, None)
            search.problems.append(
                Problem("keys.key-file-mode", title, at=spot, hint=f"chmod o= {path.name}")
            )
        found = pairs(text, search.spot(path, 1), "the key file")
    except ConfigError as error:
        search.unreadable(error)
        return ()
    return tuple(_place("server", who, one, other=other) for one in found)


def in_container(named: str, mounts: Mapping[str, Path]) -> Path | None:
    """The file of this machine that a container sees under a path; None where none is mounted there."""
    return _here(named, Path(), mounts)
