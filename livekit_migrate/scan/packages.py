"""The packages that scan knows: which family and side each is of. A new package is one line here."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

Family = Literal["mediasoup", "protoo", "livekit"]
Side = Literal["server", "client", "signalling"]


class Package(NamedTuple):
    """``api`` says that its exports are Mediasoup's own types and functions, so calls can be followed."""

    family: Family
    side: Side
    api: bool = False


PACKAGES: dict[str, Package] = {
    "mediasoup": Package("mediasoup", "server", api=True),
    "mediasoup-client": Package("mediasoup", "client", api=True),
    "@types/mediasoup": Package("mediasoup", "server", api=True),
    "@types/mediasoup-client": Package("mediasoup", "client", api=True),
    "protoo-client": Package("protoo", "signalling", api=True),
    "protoo-server": Package("protoo", "signalling", api=True),
}

# Libraries on top of Mediasoup begin with its name: mediasoup-client-aiortc, @scope/mediasoup-utils. Their
# own exports are not Mediasoup's.
ON_TOP = re.compile(r"^(?:@[^/]+/)?(mediasoup|protoo)(?![a-z])")
CLIENT = re.compile(r"client|react|vue|native|expo|browser")
LIVEKIT = re.compile(r"^(?:livekit(?:-[\w-]+)?|@livekit/[\w.-]+)$")


def package_of(specifier: str) -> str:
    """The package's name in an import specifier, empty for a file and for a scheme."""
    if specifier.startswith((".", "/", "~", "#", "@/", "$")) or ":" in specifier:
        return ""
    parts = specifier.split("/")
    return "/".join(parts[:2]) if specifier.startswith("@") else parts[0]


def classify(specifier: str) -> tuple[str, Package] | None:
    """The package that ``specifier`` names and what it is, None where it is of no known family."""
    name = package_of(specifier)
    if not name:
        return None
    known = PACKAGES.get(name)
    if known is not None:
        return name, known
    if LIVEKIT.match(name):
        return name, Package("livekit", "server" if "server" in name or "rtc-node" in name else "client")
    if match := ON_TOP.match(name):
        family: Family = "protoo" if match[1] == "protoo" else "mediasoup"
        if family == "protoo":
            return name, Package(family, "signalling")
        return name, Package(family, "client" if CLIENT.search(name) else "server")
    return None
