"""What the templates are rendered with: seen in the app, or a stated default. CONTRIBUTING.md lists them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..app.look import App
from ..app.manifests import join
from ..code import env as dotenv
from ..core.errors import LkmError
from . import images
from .containers import compose_file, has_livekit, may_have_images
from .edits.schema import Schema
from .sides import Side
from .source import Sources

_NODE = re.compile(r"(\d{2})")
_DEFAULT_NODE = "22"
_PORT_OF = re.compile(rb"\bPORT\b.{0,160}?[\"'\s(=|?:](\d{4,5})\b", re.DOTALL)
_SIGNAL_PORT_OF = re.compile(
    rb"(?:SIGNAL\w*|WS|WEBSOCKET|MEDIASOUP)_PORT\b.{0,160}?[\"'\s(=|?:](\d{4,5})\b", re.DOTALL
)
_MEDIA_PORT_OF = re.compile(rb"\b(?:MEDIASOUP_)?RTC_PORT\b.{0,160}?[\"'\s(=|?:](\d{4,5})\b", re.DOTALL)
# In the file that a server starts with: `listen(3000`, `listen({ port: 3000`, `serve({ …, port: 3000`.
_LISTEN_PORT_OF = re.compile(rb"\b(?:listen|serve)\s*\(\s*(?:\{[^{}]{0,200}?\bport\s*:\s*)?(\d{4,5})\b")
_CONSTANT_PORT_OF = re.compile(rb"\b(?:const|let|var)\s+port\s*=\s*(\d{4,5})\b", re.IGNORECASE)
_SCRIPT_PORT = re.compile(r"(?:--port|-p)[ =](\d{4,5})\b")
_VITE_PORT = re.compile(rb"\bport\s*:\s*(\d{4,5})\b")
_API_NAME = re.compile(r"(?:API|BACKEND|SERVER)(?:_BASE)?_(?:URL|URI|HOST|ORIGIN|BASE)$|(?:API|BACKEND)$")
_ENV_READ = re.compile(rb"\b(?:process\.env|import\.meta\.env)\.([A-Z][A-Z0-9_]+)")


def values(
    sources: Sources, web: Side | None, server: Side | None, schema: Schema | None, ours: Mapping[str, str]
) -> dict[str, Any]:
    """All values but what the user answered; ``ours`` is what an earlier run wrote."""
    app = sources.app
    top = app.packages.get("")
    manager = app.manager.name or "npm"
    mediasoup = any("mediasoup" in package.needs for package in app.packages.values())
    prefix = "VITE_" if web is not None and web.kind == "vite" else "NEXT_PUBLIC_"
    found: dict[str, Any] = {
        "app_name": _plain((top.name if top else "") or app.root.name),
        "manager": manager,
        "workspace": bool(app.workspace.patterns),
        "node": _node(app, server, web),
        "mediasoup": mediasoup,
        "mediasoup_port": _first_port(server, sources, _SIGNAL_PORT_OF) or 4001,
        "mediasoup_media_port": _first_port(server, sources, _MEDIA_PORT_OF) or 0,
        "compose": bool(compose_file(app, ours)),
        "compose_livekit": has_livekit(app, ours),
        "dockerfiles": may_have_images(app, web, server, ours),
        "web_prefix": prefix,
        "web_env": f"import.meta.env.{prefix}" if prefix == "VITE_" else f"process.env.{prefix}",
        "env_style": schema.kind if schema is not None else "plain",
        # Import endings are put in when a file is written: nothing for templates to say.
        "ext": "",
    }
    for name, side in (("web", web), ("server", server)):
        found |= _of_side(name, side) | images.of_side(app, name, side, manager)
    sides = [name for name, side in (("web", web), ("server", server)) if side is not None]
    found["image_at_top"] = not all(found[f"{name}_apart"] for name in sides)
    found["manager_version"] = images.manager_version(app, found[f"{sides[0]}_context"])
    found["web_language"] = web.language if web is not None else "ts"
    found["language"] = server.language if server is not None else found["web_language"]
    found["module"] = server.module if server is not None else "esm"
    found["server_port"] = _server_port(app, server, sources)
    found["web_port"] = _web_port(web, sources, found["server_port"] if server is not None else 0)
    scripts = server.package.scripts if server is not None else {}
    found["server_start"] = scripts.get("start", "")
    found["server_entry"] = server.entry if server is not None else ""
    found["api_url_env"] = _api_name(web, sources, prefix)
    read = {name for name in _read_names(web, sources) if name.startswith(prefix)}
    found["web_public_env"] = sorted(read | {found["api_url_env"], f"{prefix}USE_LIVEKIT"})
    return found


def _of_side(name: str, side: Side | None) -> dict[str, Any]:
    return {
        name: side.kind if side is not None else "",
        f"{name}_found": side.found if side is not None else "",
        f"{name}_folder": (side.folder or ".") if side is not None else "",
        f"{name}_src": (side.source or ".") if side is not None else "",
        f"{name}_package": side.package.name if side is not None else "",
    }


def _plain(name: str) -> str:
    """A name without a scope, as Compose and images take it."""
    return re.sub(r"[^a-z0-9._-]+", "-", name.rpartition("/")[2].lower()).strip("-._") or "app"


def _node(app: App, *sides: Side | None) -> str:
    """The major version of Node: `engines`, `volta`, `.nvmrc`; else the default."""
    packages = [side.package for side in sides if side is not None]
    if "" in app.packages:
        packages.append(app.packages[""])
    for package in packages:
        for section in ("volta", "engines"):
            said = package.manifest.get(section)
            asked = said.get("node") if isinstance(said, dict) else None
            if isinstance(asked, str) and (match := _NODE.search(asked)):
                return max(match[1], "20")
    for name in (".nvmrc", ".node-version"):
        if name in app.files and (match := _NODE.search(_text(app, name))):
            return max(match[1], "20")
    return _DEFAULT_NODE


def _text(app: App, path: str) -> str:
    try:
        return (app.root / path).read_text(encoding="utf-8", errors="replace")[:10_000]
    except OSError:
        return ""


def _first_port(side: Side | None, sources: Sources, pattern: re.Pattern[bytes]) -> int | None:
    """The port that a server's code names as its default: in its configuration, its entry, then elsewhere."""
    if side is None:
        return None
    paths = sorted(
        sources.code_of(side.folder),
        key=lambda path: (not re.search(r"env|config", path), path != side.entry, path),
    )
    for path in paths:
        text = sources.text(path)
        if text is not None and (match := pattern.search(text.code)):
            return int(match[1])
    return None


def _server_port(app: App, side: Side | None, sources: Sources) -> int:
    if side is None:
        return 1285
    for name in dotenv.EXAMPLES:
        path = join(side.folder, name)
        if path in app.files:
            try:
                found = {value.name: value.value for value in dotenv.read(app.root / path).values}
            except LkmError:
                continue
            if re.fullmatch(r"\d{4,5}", said := found.get("PORT", "")):
                return int(said)
    if port := _first_port(side, sources, _PORT_OF):
        return port
    entry = sources.text(side.entry) if side.entry else None
    for pattern in (_LISTEN_PORT_OF, _CONSTANT_PORT_OF):
        if entry is not None and (match := pattern.search(entry.code)):
            return int(match[1])
    return 1285 if side.kind == "hono" else 3000


def _web_port(side: Side | None, sources: Sources, server: int) -> int:
    """The web app's own port, else the usual one, or its neighbour where the server has that."""
    if side is None:
        return 3000
    for name in ("dev", "start"):
        if match := _SCRIPT_PORT.search(side.package.scripts.get(name, "")):
            return int(match[1])
    if side.kind == "vite":
        config = sources.file(join(side.folder, "vite.config"))
        text = sources.text(config) if config else None
        match_bytes = _VITE_PORT.search(text.code) if text is not None else None
        return int(match_bytes[1]) if match_bytes else 5173
    return 3000 if server != 3000 else 3001


def _api_name(side: Side | None, sources: Sources, prefix: str) -> str:
    """The variable from which the web app takes its server's address: the one that it reads most."""
    counted: dict[str, int] = {}
    for name in _read_names(side, sources):
        if name.startswith(prefix) and _API_NAME.search(name):
            counted[name] = counted.get(name, 0) + 1
    return min(counted, key=lambda name: (-counted[name], name)) if counted else f"{prefix}API_URL"


def _read_names(side: Side | None, sources: Sources) -> Iterator[str]:
    if side is None:
        return
    for path in sources.code_of(side.folder):
        text = sources.text(path)
        if text is not None and b".env." in text.code:
            yield from (match.decode() for match in _ENV_READ.findall(text.code))


def specifier(from_folder: str, to_file: str) -> str:
    """How a file in a folder imports another of the app's, without an ending."""
    path = posixpath.relpath(re.sub(r"\.[cm]?[jt]sx?$", "", to_file), from_folder or ".")
    return path if path.startswith(".") else f"./{path}"
