"""Reverse proxies without the routes that lead to what goes; what may also lead elsewhere is listed.

So are firewalls, TURN servers and scripts that name a port which closes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from ..code import caddyfile, directives, haproxy, nginx, yaml, yaml_cut
from ..code.directives import Directive
from ..core.errors import ConfigError
from ..core.files import BOM
from ..scan.kinds import kind_of
from .proxy import caddy as caddy_routes
from .proxy import haproxy as haproxy_routes
from .proxy import nginx as nginx_routes
from .proxy import traefik
from .proxy.routes import Found, Route
from .proxy.targets import Targets, targets
from .work import Decision, Work

_KINDS = ("proxy", "turn", "terraform", "script")
_CONF = re.compile(
    r"\.(?:conf|cfg)(?:\.(?:template|tmpl|tpl|in|j2|erb|example|sample|dist|prod|production|dev))*$|\.vhost$",
    re.IGNORECASE,
)
_SITES = re.compile(r"(?:^|/)(?:sites-(?:available|enabled)|conf\.d|nginx)/[^/]*$", re.IGNORECASE)
_CADDYFILE = re.compile(r"(?:^|[/._-])caddyfile(?:[._-]\w+)*$|\.caddy(?:file)?$", re.IGNORECASE)
_LARGEST = 1_000_000  # bytes

_Trees = dict[str, Sequence[Directive]]
_Told = set[tuple[str, int]]  # file and line of what was said already


def plan_proxies(work: Work, ports: Iterable[str]) -> None:
    """Plan every proxy's configuration, and list every line that still names what goes.

    Args:
        ports: those that close, and ranges (``40000-49999``).
    """
    to = targets(work, ports)
    if to.none:
        return
    told: _Told = set()
    texts = {path: text for path in work.files() if (text := _text(work, path)) is not None}
    if work.chosen.wants("services.route"):
        read: dict[str, tuple[Callable[..., tuple[Directive, ...]], Callable[..., dict[str, Found]]]] = {
            "nginx": (nginx.parse, nginx_routes.routes),
            "caddy": (caddyfile.parse, caddy_routes.routes),
            "haproxy": (haproxy.parse, haproxy_routes.routes),
        }
        flavours = {path: _flavour(path, text) for path, text in texts.items()}
        for flavour, (parse, routes) in read.items():
            mine = {path: text for path, text in texts.items() if flavours[path] == flavour}
            trees: _Trees = {}
            for path, text in mine.items():
                try:
                    trees[path] = parse(text.removeprefix(BOM), path)
                except ConfigError:
                    continue  # its lines are listed below
            for path, found in routes(trees, to).items():
                left = [*found.left, *_edit(work, path, (texts[path], trees[path], parse), found, to)]
                for each in left:
                    _by_hand(work, path, (each.title, each.why), each.at.line)
                    size = texts[path].count("\n", each.at.start, each.at.end)
                    told.update((path, each.at.line + number) for number in range(size + 1))
        for path, (_, title, why), line in _traefik(work, to):
            _by_hand(work, path, (title, why), line)
            told.add((path, line))
    _list(work, to, told)


def _text(work: Work, path: str) -> str | None:
    """The text of a file that may be a proxy's or a firewall's; None for any other."""
    if not (kind_of(path) in _KINDS or _CONF.search(path) or _SITES.search(path) or _CADDYFILE.search(path)):
        return None
    data = work.now(path)
    if not data or len(data) > _LARGEST or b"\0" in data[:4096]:
        return None
    return data.decode("utf-8", "replace")


def _flavour(path: str, text: str) -> str:
    if _CADDYFILE.search(path):
        return "caddy"
    if haproxy_routes.is_haproxy(text):
        return "haproxy"
    shell = kind_of(path) in ("script", "terraform", "turn")
    return "nginx" if not shell and nginx_routes.is_nginx(text) else ""


def _edit(
    work: Work,
    path: str,
    file: tuple[str, Sequence[Directive], Callable[..., tuple[Directive, ...]]],
    found: Found,
    to: Targets,
) -> list[Route]:
    """Plan one file without what goes; the answer is what goes and could not be cut."""
    text, tree, parse = file
    plain = text.removeprefix(BOM)
    if not found.gone:
        return []
    after = directives.without(plain, tree, found.gone, to.about())
    try:
        changed = parse(after, path)
    except ConfigError:
        changed = ()
    if directives.shape(changed) != directives.shape(tree, found.gone) or "�" in text:
        why = "its surroundings are unusual"
        return [Route(each.at, each.title, f"{each.why}; not done: {why}") for each in found.gone.values()]
    inside = {part for each in found.gone for part in each.walk()} - set(found.gone)
    for each in sorted(found.gone.values(), key=lambda route: route.at.line):
        if each.at not in inside:
            shown = plain.split("\n")[each.at.line - 1].strip()[:120]
            _gone(work, path, each.title, each.why, (each.at.line, shown))
    if not changed and not _is_named(work, path):
        work.put(path, None)
    else:
        work.put(path, (text[: len(text) - len(plain)] + after).encode("utf-8"))
    return []


def _is_named(work: Work, path: str) -> bool:
    """Whether another file names this one: an image or a service may need it to be there."""
    name = path.rpartition("/")[2].encode()
    return any(
        name in (work.now(each) or b"") for each in work.files() if each != path and kind_of(each) != "docs"
    )


def _gone(work: Work, path: str, title: str, why: str, at: tuple[int, str]) -> None:
    line, shown = at
    work.say(Decision("services.route", "safe", path, title, why, line=line, before=shown))
    work.services.append(f"{title} (`{path}`)")


def _by_hand(work: Work, path: str, said: tuple[str, str], line: int) -> None:
    work.say(Decision("services.proxy", "refuse", path, *said, line=line, done=False))


def _traefik(work: Work, to: Targets) -> Iterator[tuple[str, traefik.Place, int]]:
    """Plan Traefik's files; the answer is what a person decides about, with file and line."""
    documents: dict[str, yaml.Document] = {}
    mentions: list[str] = []
    for path in work.files():
        data = work.now(path) if path.endswith((".yml", ".yaml")) else None
        if not data or len(data) > _LARGEST:
            continue
        text = data.decode("utf-8", "replace").removeprefix(BOM)
        if not traefik.is_traefik(text):
            mentions += [text] if "@file" in text else []
            continue
        try:
            documents[path] = yaml.parse(text, path, bom=data.startswith(BOM.encode()))
        except ConfigError:
            continue
    gone, left = traefik.routes(documents, to, mentions)
    for path, document in documents.items():
        for each in [*left[path], *_edit_yaml(work, path, document, gone[path])]:
            yield path, each, _line(document, each[0])


def _edit_yaml(
    work: Work, path: str, document: yaml.Document, gone: list[traefik.Place]
) -> list[traefik.Place]:
    """Plan one file without what goes; the answer is what goes and could not be cut."""
    try:
        changed = yaml_cut.without(document, [place for place, _, _ in gone], about=work.recipe.words)
    except ConfigError as error:
        failed = error.message.rpartition("by hand: ")[2]
        return [(place, title, f"{why}; not done: {failed}") for place, title, why in gone]
    for place, title, why in gone:
        line = _line(document, place)
        _gone(work, path, title, why, (line, document.text.split("\n")[line - 1].strip()))
    if gone:
        work.put(path, changed.to_bytes())
    return []


def _line(document: yaml.Document, place: yaml_cut.Path) -> int:
    key, node = yaml_cut.node_at(document, place)
    mark = key or node
    return int(mark.start_mark.line) + 1 if mark is not None else 1


def _list(work: Work, to: Targets, told: _Told) -> None:
    """Every other line that still names a port that closes or a service that goes."""
    wanted = [rf":{re.escape(port)}\b" for port in to.named if "-" not in port]
    wanted += [rf"\b{re.escape(port)}\b" for port in to.named if "-" in port]
    wanted += [rf"(?<![\w.@-]){re.escape(name)}(?![\w-])" for name in to.hosts]
    if not wanted:
        return
    pattern = re.compile("|".join(sorted(wanted)))
    for path in work.files():
        text = _text(work, path)
        if text is None:
            continue
        for number, line in enumerate(text.split("\n"), 1):
            found = None if line.lstrip().startswith("#") else pattern.search(line)
            if found and (path, place := work.disk_line(path, number)) not in told:
                title = f"leads to {found[0].lstrip(':')}, which nothing answers any more"
                why = "it goes, or leads to what took its place"
                shown = line.strip()[:120]
                work.say(
                    Decision(
                        "services.proxy", "refuse", path, title, why, line=place, before=shown, done=False
                    )
                )
