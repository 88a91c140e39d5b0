"""What is no source code and goes with Mediasoup: manifests, Docker, Kubernetes, env, proxy, docs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..app.look import App
from ..core.errors import LkmError
from ..core.files import read_bytes
from .facts import FileFacts
from .kinds import Kind
from .texts import Hit, TextFacts, decoded, words

# What each kind has to do with the move, for people.
WHAT: dict[str, str] = {
    "manifest": "dependencies and scripts",
    "lockfile": "locked dependencies",
    "docker": "image",
    "compose": "Compose services",
    "k8s": "Kubernetes and Helm",
    "env": "variables",
    "proxy": "reverse proxy",
    "turn": "TURN server",
    "ci": "continuous integration and hosting",
    "docs": "documentation",
    "script": "scripts",
    "terraform": "infrastructure",
    "config": "configuration",
    "code": "code in another language",
    "built": "built or vendored JavaScript",
    "other": "other text",
}
DEPLOYMENT: frozenset[str] = frozenset(
    {"docker", "compose", "k8s", "env", "proxy", "turn", "ci", "script", "terraform", "config"}
)

_MOST = 50  # lines named of a built file


@dataclass(frozen=True, slots=True)
class Artefact:
    """A file and its lines that go with Mediasoup.

    Args:
        kind: of ``WHAT``.
        hits: the lines, each with why; never the value of a variable.
        more: how many further lines were not kept.
    """

    file: str
    kind: str
    hits: tuple[Hit, ...]
    more: int = 0

    @property
    def lines(self) -> list[int]:
        return sorted({hit.line for hit in self.hits})

    @property
    def names_it(self) -> bool:
        """Whether it names Mediasoup, and does not only go with it."""
        return any(hit.why == "word" for hit in self.hits)

    @property
    def variables(self) -> list[str]:
        return list(dict.fromkeys(hit.word for hit in self.hits if hit.why == "variable"))

    def to_dict(self) -> dict[str, Any]:
        said = [{"line": hit.line, "why": hit.why, "word": hit.word} for hit in self.hits]
        return {"file": self.file, "kind": self.kind, "lines": self.lines, "hits": said, "more": self.more}


def artefacts(app: App, texts: Iterable[TextFacts], built: Iterable[FileFacts], used: bool) -> list[Artefact]:
    """The files that go with Mediasoup.

    Args:
        built: JavaScript that is made from other files.
        used: whether the app uses Mediasoup at all; if not, only lines that name it count: a TURN server or
            a port range is somebody else's then.
    """
    served = _built_folders(app)
    found: list[Artefact] = []
    for text in texts:
        kept = tuple(hit for hit in text.hits if _counts(hit, text, used, served))
        # A file that only has a generic sign (a WebSocket upgrade, a policy) still goes with it: the proxy.
        if kept:
            found.append(Artefact(text.path, text.kind, kept, text.more))
    named = ((each.path, tuple(_named(app, each.path))) for each in built)
    found += [
        Artefact(path, "built", hits[:_MOST], max(0, len(hits) - _MOST)) for path, hits in named if hits
    ]
    return sorted(found, key=lambda each: each.file)


def _named(app: App, path: str) -> Iterator[Hit]:
    """Where a built file names Mediasoup."""
    try:
        text = decoded(read_bytes(app.root / path))
    except LkmError:
        return
    yield from (Hit(line, "word", word) for line, word in words(text or ""))


def _counts(hit: Hit, text: TextFacts, used: bool, served: frozenset[str]) -> bool:
    if hit.why == "word":
        return True
    if not used or hit.why == "livekit":
        return False
    if hit.why == "build-tools":
        return text.path.rpartition("/")[0] in served or not served
    return True


def _built_folders(app: App) -> frozenset[str]:
    """Folders whose Dockerfile builds a package that needs Mediasoup's worker."""
    return frozenset(
        {folder for folder, each in app.packages.items() if "mediasoup" in each.needs}
        | ({""} if any("mediasoup" in each.needs for each in app.packages.values()) else set())
    )


def of_kind(found: Sequence[Artefact], *kinds: Kind | str) -> list[Artefact]:
    """Those of some kinds."""
    return [each for each in found if each.kind in kinds]
