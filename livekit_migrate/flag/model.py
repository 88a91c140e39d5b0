"""What is known of the flag: the places where it is read, those where it is set, and which of these wins."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

DEFAULT = "NEXT_PUBLIC_USE_LIVEKIT"
KNOWN = (DEFAULT, "VITE_USE_LIVEKIT", "REACT_APP_USE_LIVEKIT")
"""What each framework lets a browser see begins with a word of its own."""

Stack = Literal["livekit", "mediasoup"]
SiteKind = Literal["decision", "truthy", "schema", "type", "read"]


@dataclass(frozen=True, slots=True)
class Site:
    """A place in the code that names the flag.

    Args:
        kind: ``decision`` compares it with a text, ``truthy`` asks whether there is any value, ``schema``
            declares it, ``type`` is a TypeScript type alone, ``read`` passes it on.
        text: what it is compared with.
        negated: the comparison is ``!==``.
        package: the folder of the package that the file belongs to, ``""`` for the root's.
    """

    name: str
    file: str
    line: int
    column: int
    kind: SiteKind
    package: str
    text: str = ""
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Setting:
    """A place that sets the flag for somebody.

    Args:
        package: whose: the folder of a package; for Compose, ``service NAME``.
        file, line: where; line 0 is a file that does not set it yet.
        mode: ``development``, ``production`` or empty for both.
        via: what reads it: ``Next.js``, ``Vite``, ``Compose``, …
        wins: it is the one that counts for its package in its mode.
        how: of a service ``environment`` or ``build argument``.
        variable: of a service the variable that the value comes from, empty for a literal one.
    """

    package: str
    file: Path
    line: int
    value: str | None
    via: str
    mode: str = ""
    wins: bool = False
    how: str = ""
    variable: str = ""

    @property
    def on(self) -> bool:
        return is_on(self.value)


@dataclass(frozen=True, slots=True)
class Running:
    """What a service's image and container have.

    Args:
        image, container: the flag in them; None where they do not name it.
        built, runs: whether there is an image, and a container that runs.
        development: the service runs a development server, which reads the flag when it starts.
    """

    service: str
    image: str | None = None
    container: str | None = None
    built: bool = False
    runs: bool = False
    development: bool = False

    @property
    def value(self) -> str | None:
        """What the pages that it serves have."""
        return self.container if self.development or self.image is None else self.image


@dataclass(frozen=True, slots=True)
class Reader:
    """A package whose pages or server the flag decides.

    Args:
        folder: of the package.
        via: the framework that reads the .env files: ``Next.js``, ``Vite``, …; ``Node`` for a server.
        sites: in it, and in the packages of the workspace that it needs.
    """

    folder: str
    via: str
    sites: tuple[Site, ...] = field(default=())


def is_on(value: str | None) -> bool:
    """Whether a value means LiveKit: ``true`` and nothing else, as the code compares."""
    return value == "true"


def stack_of(value: str | None) -> Stack:
    """The stack that a value chooses."""
    return "livekit" if is_on(value) else "mediasoup"


def odd(value: str | None) -> bool:
    """Whether somebody may have meant something else than what counts."""
    return value not in (None, "", "true", "false")
