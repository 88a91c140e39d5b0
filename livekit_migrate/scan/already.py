"""What of LiveKit is in the app already, and how far the migration is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ..app.look import App
from ..core.errors import LkmError
from ..core.files import read_bytes
from .facts import FileFacts, Site
from .kinds import LARGEST
from .places import is_test
from .texts import TextFacts, decoded

State = Literal["none", "prepared", "beside", "switched"]

_PACKAGE = re.compile(r"^(livekit-client|livekit-server-sdk|@livekit/)")
_FLAG = re.compile(
    r"\b\w*(?:USE|ENABLE|FORCE)_?LIVEKIT\w*|\b\w*LIVEKIT_?(?:ENABLED|ACTIVE)\w*|\b\w*SFU_?(?:PROVIDER|BACKEND)\w*"
)
_VARIABLE = re.compile(
    r"\b[A-Z0-9_]*(?:(?:USE|ENABLE|FORCE)_LIVEKIT|LIVEKIT_(?:ENABLED|ACTIVE)|SFU_(?:PROVIDER|BACKEND))[A-Z0-9_]*\b"
)
WORDS: dict[State, str] = {
    "none": "nothing of LiveKit is there",
    "prepared": "LiveKit is configured or installed, no code uses it yet",
    "beside": "LiveKit stands beside Mediasoup",
    "switched": "the code uses LiveKit; nothing imports Mediasoup any more",
}


@dataclass(frozen=True, slots=True)
class Already:
    """LiveKit in the app.

    Args:
        state: ``none``, ``prepared`` (packages, variables or a server, no code), ``beside``, ``switched``.
        packages: name → version asked for, with the manifest.
        variables: LIVEKIT_* names that .env files have, and where.
        services: Compose services that run a LiveKit server.
        configs: LiveKit's server configuration files.
        flags: names that look like a switch between both.
    """

    state: State
    packages: tuple[tuple[str, str, str], ...] = ()
    sites: tuple[Site, ...] = ()
    variables: tuple[tuple[str, str, int], ...] = ()
    services: tuple[tuple[str, str, int], ...] = ()
    configs: tuple[str, ...] = ()
    flags: tuple[tuple[str, str, int], ...] = ()
    share: float | None = None

    @property
    def files(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(site.file for site in self.sites))

    def to_dict(self) -> dict[str, Any]:
        return {
            "state": self.state,
            "share": self.share,
            "packages": [{"name": n, "version": v, "file": f} for n, v, f in self.packages],
            "sites": [
                {
                    "file": s.file,
                    "line": s.line,
                    "kind": s.kind,
                    "specifier": s.specifier,
                    "names": list(s.names),
                }
                for s in self.sites
            ],
            "variables": [{"name": n, "file": f, "line": line} for n, f, line in self.variables],
            "services": [{"name": n, "file": f, "line": line} for n, f, line in self.services],
            "configs": list(self.configs),
            "flags": [{"name": n, "file": f, "line": line} for n, f, line in self.flags],
        }


def already(
    app: App,
    sources: Sequence[FileFacts],
    texts: Sequence[TextFacts],
    mediasoup: Sequence[Site],
    near: Iterable[str],
) -> Already:
    """What of LiveKit is there beside these sites of Mediasoup.

    Args:
        near: files that use either, or are a step away from one that does: where a switch would be.
    """
    sites = tuple(site for each in sources for site in each.livekit)
    packages = tuple(
        (name, asked, each.file)
        for each in app.packages.values()
        for name, asked in each.needs.items()
        if _PACKAGE.match(name)
    )
    named = [(name, env.path, line) for env in app.env_files for name, line in env.names.items()]
    variables = tuple(item for item in named if "LIVEKIT" in item[0].upper())
    flags = (*(item for item in named if _FLAG.search(item[0])), *_switches(app, near))
    services = tuple(
        (each.name, each.file, each.line)
        for each in app.services
        if "livekit" in each.image or each.name.startswith("livekit") or "livekit" in (each.build or "")
    )
    configs = tuple(each.path for each in texts if _is_config(each))
    users = {site.file for site in sites}
    state: State = "none"
    if users:
        state = "beside" if mediasoup else "switched"
    elif packages or variables or services or configs:
        state = "prepared"
    olds = {site.file for site in mediasoup}
    share = round(len(users) / len(users | olds), 2) if users | olds else None
    return Already(state, packages, sites, variables, services, configs, flags, share)


def _switches(app: App, near: Iterable[str]) -> Iterator[tuple[str, str, int]]:
    """Variables in the source that look like a switch, each at the first line of a file that names it."""
    for path in sorted(near):
        try:
            text = decoded(read_bytes(app.root / path, limit=LARGEST)) or ""
        except LkmError:
            continue
        seen: set[str] = set()
        for found in _VARIABLE.finditer(text):
            if found[0] not in seen and not is_test(path):
                seen.add(found[0])
                yield found[0], path, text.count("\n", 0, found.start()) + 1


def _is_config(text: TextFacts) -> bool:
    name = text.path.rpartition("/")[2].lower()
    return name.startswith("livekit") and name.endswith((".yaml", ".yml"))
