"""Every way in which a project starts a livekit-server: Compose services, Dockerfiles, files, the shell."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from ...code import compose, dockerfile
from ...code import env as dotenv
from ...code.compose import Service
from ...code.compose_values import Value
from ...code.walk import DOCS, Walk
from ...core.errors import ConfigError
from ...core.secret import Secret
from ...core.settings import Settings
from ..key_search import in_container
from ..key_texts import Spot, remember
from .program import IN_SHELL, behind_program
from .words import Word

_IMAGE = re.compile(r"(?:^|/)livekit-server(?::(?P<tag>[\w.-]+))?(?:@|$)")
_VERSION = re.compile(r"v?(\d+\.\d+\.\d+)(?:[-+].*)?$", re.ASCII)
_CONFIG = re.compile(r"livekit(?:[-_.][\w.-]*)?\.ya?ml$")
_NO_CONFIG = re.compile(r"docker-compose|compose\.|egress|ingress|sip|values|helm|k8s|deploy|agent")
_DOCKERFILE = re.compile(r"(?:[\w.-]+\.)?(?:Dockerfile|Containerfile)(?:\.[\w.-]+)?$", re.IGNORECASE)


@dataclass(frozen=True)
class Start:
    """One way in which a server is started.

    Args:
        who: ``compose service livekit``, ``Dockerfile``, ``livekit.yaml``.
        words: of the command line, behind the program's name.
        version: of the server, where the image says one.
        tag: the image's tag where it is no version: ``latest``.
        mounts: path as the server sees it → file here; None where it runs on this machine.
        texts: path as the server sees it → its text.
        folder: where relative paths begin: in the container, or (without mounts) here.
        complete: keys, options and variables are all known; else only the configuration can be judged.
    """

    who: str
    at: Spot
    words: tuple[Word, ...] = ()
    environment: Mapping[str, Word] = field(default_factory=dict)
    version: str | None = None
    tag: str = ""
    mounts: Mapping[str, Path] | None = None
    texts: Mapping[str, Word] = field(default_factory=dict)
    folder: str = "/"
    complete: bool = True

    def file(self, named: str) -> Path | None:
        """A path that the server is given, as a file of this machine; None where it is not on it."""
        if self.mounts is None:
            return Path(self.folder) / Path(os.path.expandvars(named)).expanduser()
        return in_container(str(PurePosixPath(self.folder) / named), self.mounts)


@dataclass
class Starts:
    """What was found. ``unread``: what could not be read, with the reason."""

    found: list[Start] = field(default_factory=list)
    unread: list[ConfigError] = field(default_factory=list)
    cut: bool = False


def find(settings: Settings, env: Mapping[str, str] = os.environ) -> Starts:
    """Look through the project's folders and the shell's environment."""
    starts = Starts()
    walk = Walk(settings.root)
    configs: list[Path] = []
    built: set[Path] = set()
    dockerfiles: list[Path] = []
    for folder, names in walk:
        if DOCS & set(folder.relative_to(settings.root).parts):
            continue
        for start, context in _in_compose(settings, folder, env, starts):
            starts.found.append(start)
            built |= {context} if context else set()
        dockerfiles += [folder / name for name in names if _DOCKERFILE.match(name)]
        configs += [folder / name for name in names if _CONFIG.match(name) and not _NO_CONFIG.search(name)]
    for path in dockerfiles:
        if path.parent not in built or path.name != "Dockerfile":
            starts.found += _in_dockerfile(settings, path, starts)
    main = settings.path("paths.livekit")
    if os.path.lexists(main) and main not in configs:
        configs.append(main)
    used = _used(starts.found)
    for path in configs:
        if path not in used:
            starts.found.append(of_file(settings, path))
    starts.found += _shell(settings, env)
    starts.cut = walk.cut
    return starts


def of_file(settings: Settings, path: Path) -> Start:
    """A configuration by itself: what else its server gets is not known."""
    name = settings.relative(path.absolute())
    at = Spot(name)
    words = (Word("--config", at), Word(str(path.absolute()), at))
    return Start(name, at, words, complete=False, folder=str(path.absolute().parent))


def _used(found: list[Start]) -> set[Path]:
    return {
        path
        for start in found
        for word in start.words
        if (path := start.file(word.text.partition("=")[2] or word.text))
    }


def _in_compose(
    settings: Settings, folder: Path, env: Mapping[str, str], starts: Starts
) -> Iterator[tuple[Start, Path | None]]:
    stack = compose.read(folder, env, root=settings.root)
    if not stack.services:
        starts.unread += stack.problems
    for service in stack.services:
        base = _from_image(service)
        words = _command(service, base, settings)
        image = base.base.text if base else service.image
        named = words is not None
        if (
            words is None
            and not _IMAGE.search(image)
            and not {"LIVEKIT_KEYS", "LIVEKIT_CONFIG"} & set(service.environment)
        ):
            continue
        if not named and not _IMAGE.search(image):
            continue
        starts.unread += [p for p in stack.problems if p not in starts.unread]
        environment = {}
        mounts = dict(service.mounts)
        if base is not None and service.build is not None:
            environment = {n: _piece(settings, base.path, piece) for n, piece in base.environment.items()}
            mounts = {t: service.build / s for t, s in base.copies.items()} | mounts
        environment |= {name: _word(settings, value, name) for name, value in service.environment.items()}
        version, tag = _version(image)
        at = Spot(settings.relative(service.file), service.line)
        texts = {path: _word(settings, value) for path, value in service.texts.items()}
        start = Start(
            f"compose service {service.name}", at, words or (), environment, version, tag, mounts, texts,
            service.folder if base is None or service.folder != "/" else base.folder,
        )  # fmt: skip
        yield start, service.build


def _from_image(service: Service) -> dockerfile.Image | None:
    """The image that a service builds by itself."""
    if service.build is None:
        return None
    path = service.build / "Dockerfile"
    try:
        return dockerfile.read(path) if path.is_file() else None
    except (ConfigError, OSError):
        return None


def _command(service: Service, base: dockerfile.Image | None, settings: Settings) -> tuple[Word, ...] | None:
    """The server's words: the file's, else the image's; None where no livekit-server is named."""
    words = [_word(settings, value) for value in service.command]
    official = _IMAGE.search(base.base.text if base else service.image) is not None
    if base is not None:
        own = [_piece(settings, base.path, piece) for piece in base.entrypoint]
        default = [_piece(settings, base.path, piece) for piece in base.command]
        if not service.entrypoint:
            words = [*own, *(words or default)]
            official = official and not own
    if official and not service.entrypoint:
        return tuple(words)
    return behind_program(words)


def _word(settings: Settings, value: Value, name: str = "") -> Word:
    """A Compose value as a word; what may be a secret is masked from here on."""
    at = Spot(settings.relative(value.file), value.line, tuple(dict.fromkeys(value.origins)))
    if name == "LIVEKIT_KEYS":
        remember(value.text)
    secret = _is_secret(name)
    if secret and value.text and name not in ("LIVEKIT_KEYS", "LIVEKIT_CONFIG"):
        Secret(value.text)  # those two are texts with secrets in them, masked where they are read
    missing = ", ".join(dict.fromkeys(value.missing))
    unknown = value.refusal or (f"{missing} is set nowhere here" if missing else "")
    return Word(value.text, at, _indent(value), unknown, secret, value.names)


def _is_secret(name: str) -> bool:
    return bool(re.search(r"SECRET|PASSWORD|LIVEKIT_KEYS|LIVEKIT_CONFIG", name))


def _indent(value: Value) -> int:
    """How far a block of text is indented in its file."""
    if not value.block or not value.text.strip():
        return 0
    try:
        lines = value.file.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return 0
    own = value.text.splitlines()
    number = next(index for index, line in enumerate(own) if line.strip())
    if value.line - 1 + number >= len(lines):
        return 0
    there = lines[value.line - 1 + number]
    return (len(there) - len(there.lstrip(" "))) - (len(own[number]) - len(own[number].lstrip(" ")))


def _piece(settings: Settings, path: Path, piece: dockerfile.Piece) -> Word:
    return Word(
        piece.text, Spot(settings.relative(path), piece.line), unknown=IN_SHELL if "$" in piece.text else ""
    )


def _version(image: str) -> tuple[str | None, str]:
    """The version that an image's tag says, and the tag where it says none."""
    match = _IMAGE.search(image)
    if match is None:
        return None, ""
    tag = match["tag"] or "latest"
    said = _VERSION.match(tag)
    return (said[1], "") if said else (None, tag)


def _in_dockerfile(settings: Settings, path: Path, starts: Starts) -> Iterator[Start]:
    """A Dockerfile that ends in a livekit-server; whoever runs it may give more."""
    try:
        image = dockerfile.read(path)
    except ConfigError as error:
        starts.unread.append(error)
        return
    if image is None:
        return
    words = [_piece(settings, path, piece) for piece in (*image.entrypoint, *image.command)]
    official = _IMAGE.search(image.base.text) is not None and not image.entrypoint
    behind = tuple(words) if official else behind_program(words)
    if behind is None:
        return
    version, tag = _version(image.base.text)
    environment = {name: _piece(settings, path, piece) for name, piece in image.environment.items()}
    mounts = {target: path.parent / source for target, source in image.copies.items()}
    name = settings.relative(path)
    yield Start(
        name, Spot(name, image.base.line), behind, environment, version, tag, mounts,
        folder=image.folder, complete=False,
    )  # fmt: skip


def _shell(settings: Settings, env: Mapping[str, str]) -> Iterator[Start]:
    """What a server that is started from this shell, or gets the project's .env, finds in its environment."""
    names = {name for name in env if name.startswith("LIVEKIT_")}
    if names & {"LIVEKIT_CONFIG", "LIVEKIT_KEYS"}:
        words = {}
        for name in sorted(names):
            remember(env[name]) if name == "LIVEKIT_KEYS" else None
            words[name] = Word(env[name], Spot(name=f"{name} (shell)"), secret=_is_secret(name))
        yield Start(
            "a server started from this shell", Spot(name="the shell"), (), words, complete=False,
            folder=str(settings.root),
        )  # fmt: skip
    try:
        file = dotenv.read(settings.env_file)
    except ConfigError:
        return
    given = {value.name: value for value in file.values}
    if {"LIVEKIT_CONFIG", "LIVEKIT_KEYS"} & set(given):
        name = settings.relative(settings.env_file)
        words = {}
        for key, value in given.items():
            if key == "LIVEKIT_KEYS":
                remember(value.value)
            words[key] = Word(value.value, Spot(name, value.line), secret=_is_secret(key))
        yield Start(
            f"a server that gets {name}", Spot(name), (), words, complete=False, folder=str(settings.root)
        )
