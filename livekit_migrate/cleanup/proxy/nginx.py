"""nginx: locations, upstreams and servers that lead to nothing but what goes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ...code.directives import Directive, walk
from .routes import Found
from .targets import Targets

_PASS = frozenset({"proxy_pass", "grpc_pass", "fastcgi_pass", "uwsgi_pass", "scgi_pass", "memcached_pass"})
# What only says how a request is passed on, or logged, or limited: nothing of it answers by itself.
_ABOUT = re.compile(
    r"(?:proxy|grpc|fastcgi|uwsgi|scgi)_(?!pass$|intercept_errors$)\w+|client_\w+|keepalive\w*|\w+_log|log_\w+"
    r"|limit_(?:req|conn|rate)\w*|auth_\w+|allow|deny|satisfy|expires|gzip\w*|brotli\w*|add_header|etag"
    r"|more_\w+_headers|tcp_no\w+|send_\w+|set|rewrite_log|resolver\w*|ssl_\w+|sub_filter\w*"
    r"|chunked_transfer_encoding|underscores_in_headers|large_client_header_buffers|default_type|http2\w*"
    r"|preread_\w+|reset_timedout_connection|lingering_\w+|real_ip\w*|set_real_ip_from|server_tokens"
)
_HARMLESS = re.compile(r"ssl|tls|proxy|params|header|security|cors|letsencrypt|log|mime|gzip", re.IGNORECASE)
# Arguments that are no upstream's name.
_NO_TARGET = frozenset(
    {"location", "server_name", "rewrite", "add_header", "alias", "root", "listen", "zone"}
)
_BY_VARIABLE = re.compile(r"(\w+://)?\$\{?([a-z_][a-z0-9_]*)\}?(.*)")
# Behind host and port only the page is said; a stream's server may pass on to the port that it was asked at.
_AUTHORITY = re.compile(
    r"(?:\w+://)?(?P<to>(?:\$\{[A-Z]\w*(?::?-[^{}]*)?\}|\$[A-Z][A-Z0-9_]*|[^/$\s])+?)(?::\$server_port)?"
    r"(?:/.*|\$(?:request_uri|uri|is_args|args|\d).*)?"
)
_BACK_TO_TLS = re.compile(r"https://(?:\$host|\$server_name|\$http_host|[\w.-]+)(?:\$request_uri|/.*)?")
_ERROR_PAGE = re.compile(r"/?\d+[\dx]*\.html")


def is_nginx(text: str) -> bool:
    """Whether a text looks like nginx configuration."""
    return bool(re.search(r"^[ \t]*(?:server|location|upstream|http|stream)\b[^;#\n]*\{", text, re.MULTILINE))


def routes(trees: Mapping[str, Sequence[Directive]], targets: Targets) -> dict[str, Found]:
    """What goes of each file; all files are one configuration, as far as names go.

    Args:
        trees: path → its directives.
    """
    upstreams: dict[str, list[Directive]] = {}
    for tree in trees.values():
        for each in walk(tree):
            if each.name == "upstream" and len(each.words) == 2:
                upstreams.setdefault(each.words[1], []).append(each)
    dead = {
        name for name, all_of_it in upstreams.items() if all(_is_dead(each, targets) for each in all_of_it)
    }
    found: dict[str, Found] = {}
    for path, tree in trees.items():
        found[path] = Found()
        file = _File(tree, found[path], targets, frozenset(upstreams), frozenset(dead))
        file.servers()
    _upstreams(trees, found, upstreams, dead)
    return found


def _is_dead(upstream: Directive, targets: Targets) -> bool:
    servers = [each for each in upstream.block if each.name == "server"]
    return bool(servers) and all(len(s.words) > 1 and targets.gone(s.words[1]) for s in servers)


def _upstreams(
    trees: Mapping[str, Sequence[Directive]],
    found: dict[str, Found],
    upstreams: Mapping[str, list[Directive]],
    dead: Iterable[str],
) -> None:
    """Upstreams that lead to what goes and that nothing names any more."""
    for name in dead:
        users = [user for path, tree in trees.items() for user in _users(tree, found[path], name)]
        for path, tree in trees.items():
            inside = set(walk(tree))
            for each in upstreams[name]:
                if each not in inside:
                    continue
                if users:
                    why = f"line {users[0].line} of a file still names it; all of its servers go"
                    found[path].stay(each, f"upstream {name}", why)
                else:
                    found[path].go(each, f"upstream {name}", "all of its servers go")


def _users(tree: Sequence[Directive], found: Found, name: str) -> Iterator[Directive]:
    """Directives that stay and name an upstream."""
    pattern = re.compile(rf"(?:^|//|[\s@])(?<![\w.-]){re.escape(name)}(?![\w.-])")
    for each in tree:
        if each in found.gone:
            continue
        named = each.name not in _NO_TARGET and any(pattern.search(word) for word in each.words[1:])
        if named and not (each.name == "upstream" and each.words[1:] == (name,)):
            yield each
        if each.name != "upstream":
            yield from _users(each.block, found, name)


class _File:
    """One file on the way to its answer."""

    def __init__(
        self,
        tree: Sequence[Directive],
        found: Found,
        targets: Targets,
        upstreams: frozenset[str],
        dead: frozenset[str],
    ) -> None:
        self.tree = tree
        self.found = found
        self.targets = targets
        self.upstreams = upstreams
        self.dead = dead
        self.sets: dict[str, set[str]] = {}
        for each in walk(tree):
            if each.name == "set" and len(each.words) == 3:
                self.sets.setdefault(each.words[1].removeprefix("$"), set()).add(each.words[2])
            elif each.name in ("map", "split_clients", "geo") and each.words:
                self.sets.setdefault(each.words[-1].removeprefix("$"), set()).add("$unknown$")

    def servers(self) -> None:
        everything = list(walk(self.tree))
        for each in everything:
            if each.name == "server" and each.children is not None:
                self._server(each)
        # A fragment that another file includes into its server.
        for each in self.tree:
            if each.name == "location":
                self._locations([each])
        self._redirects([each for each in everything if each.name == "server" and each.children is not None])
        self._unused_sets()

    def gone(self, passing: Directive) -> bool:
        """Whether a ``proxy_pass`` leads to what goes."""
        return len(passing.words) == 2 and self._is_gone(passing.words[1], frozenset())

    def _is_gone(self, address: str, seen: frozenset[str]) -> bool:
        variable = _BY_VARIABLE.fullmatch(address)
        if variable:
            scheme, name, rest = variable[1] or "", variable[2], variable[3]
            values = self.sets.get(name, set()) if name not in seen else set()
            return bool(values) and all(self._is_gone(f"{scheme}{v}{rest}", seen | {name}) for v in values)
        found = _AUTHORITY.fullmatch(address)
        if not found:
            return False
        host, colon, _ = found["to"].partition(":")
        if host in self.upstreams and (host not in self.dead or not colon):
            return host in self.dead
        return self.targets.gone(found["to"])

    def _server(self, server: Directive) -> None:
        passes = [each for each in server.block if each.name in _PASS]
        if passes:  # of a stream: it has no locations
            if not any(map(self.gone, passes)):
                return
            if all(map(self.gone, passes)) and not _others(server, passes):
                listens = next((each.words[1] for each in server.block if len(each.words) > 1), "")
                self.found.go(server, f"server {listens}".strip(), f"it leads to {passes[0].words[1]} alone")
            else:
                self.found.stay(server, "a server", "it leads to what goes, and does something else, too")
            return
        places = [each for each in server.block if each.name == "location"]
        self._locations(places)
        gone = [each for each in places if each in self.found.gone or self._is_root_gone(each)]
        if not gone:
            return
        left = [each for each in places if each not in gone and not _is_error_page(each)]
        if not left and not _others(server, places):
            names = next((" ".join(e.words[1:]) for e in server.block if e.name == "server_name"), "")
            self.found.drop(each for place in places for each in place.walk())
            self.found.left = [each for each in self.found.left if each.at not in set(server.walk())]
            why = f"it leads to {_first_pass(gone[0])} alone"
            self.found.go(server, f"server {names}".strip(), why)

    def _locations(self, places: Iterable[Directive]) -> None:
        for each in places:
            verdict = self._verdict(each)
            title = f"route {' '.join(each.words[1:])}"
            if verdict == "stays":
                self._locations([c for c in each.block if c.name == "location"])
            elif verdict == "mixed":
                why = f"it leads to {_first_pass(each)}, which goes, and does something else, too"
                self.found.stay(each, title, why)
            elif _is_root(each):
                why = f"it leads to {_first_pass(each)}, which goes: what shall answer here in its place?"
                self.found.stay(each, title, why)
            elif names := self._leads_here(each):
                self.found.stay(each, title, f"it leads to what goes, and line {names.line} names it")
            else:
                self.found.go(each, title, f"it leads to {_first_pass(each)} alone")

    def _is_root_gone(self, place: Directive) -> bool:
        return _is_root(place) and self._verdict(place) == "gone" and not self._leads_here(place)

    def _verdict(self, place: Directive) -> str:
        """``gone``: it does nothing but lead to what goes; ``mixed``: that and something else."""
        passes = [each for each in place.walk() if each.name in _PASS]
        dead = [each for each in passes if self.gone(each)]
        if not dead:
            return "stays"
        if len(dead) < len(passes):
            nested = [each for child in place.block if child.name == "location" for each in child.walk()]
            # Each of several locations inside of it is looked at by itself.
            own = [each for each in passes if each not in nested]
            return "stays" if all(each in nested for each in dead) and own != dead else "mixed"
        others = [
            each
            for each in place.block
            if each.name not in _PASS
            and not _is_about(each)
            and not (each.name == "location" and self._verdict(each) == "gone")
            and not _is_condition(each)
        ]
        return "mixed" if others else "gone"

    def _leads_here(self, place: Directive) -> Directive | None:
        """Who names a named location (``@sfu``)."""
        name = place.words[-1]
        if not name.startswith("@"):
            return None
        inside = set(place.walk())
        return next((e for e in walk(self.tree) if e not in inside and name in e.words), None)

    def _redirects(self, servers: Sequence[Directive]) -> None:
        """Servers that only send browsers on to one that goes, by its name."""
        gone = {name for each in servers if each in self.found.gone for name in _names(each)}
        stays = [each for each in servers if each not in self.found.gone and not _is_redirect(each)]
        gone -= {name for each in stays for name in _names(each)}
        for each in servers:
            names = set(_names(each))
            if each not in self.found.gone and names and names <= gone and _is_redirect(each):
                title = f"server {' '.join(sorted(names))}"
                self.found.go(each, title, "it sends browsers on to a server that goes")

    def _unused_sets(self) -> None:
        """Variables that only what goes has read."""
        inside = {each for gone in self.found.gone for each in gone.walk()}
        if not inside:
            return
        stays = [each for each in walk(self.tree) if each not in inside]
        for each in stays:
            if each.name != "set" or len(each.words) != 3 or not self.targets.gone(each.words[2]):
                continue
            used = re.compile(rf"\$\{{?{re.escape(each.words[1].removeprefix('$'))}\b")
            if any(other is not each and any(map(used.search, other.words)) for other in stays):
                continue
            if any(any(map(used.search, other.words)) for other in inside):
                self.found.go(each, f"variable {each.words[1]}", "only what goes has read it")


def _is_about(each: Directive) -> bool:
    """Whether a directive only says how: without a route it does nothing."""
    if each.name == "rewrite":
        return each.words[-1] == "break"
    if each.name == "include":
        return bool(_HARMLESS.search(each.words[-1].rpartition("/")[2]))
    return bool(_ABOUT.fullmatch(each.name))


def _others(server: Directive, routes: Sequence[Directive]) -> list[Directive]:
    """What a server does beside its routes."""
    silent = {"listen", "server_name", "server_tokens", "error_page", "charset"}
    if any(map(_is_root, routes)):  # all that is not a route is answered there
        silent |= {"root", "index"}
    return [
        each
        for each in server.block
        if each not in routes and each.name not in silent and not _is_about(each)
    ]


def _names(server: Directive) -> Iterator[str]:
    for each in server.block:
        if each.name == "server_name":
            yield from each.words[1:]


def _is_root(place: Directive) -> bool:
    return place.words[-1] == "/" and (len(place.words) == 2 or place.words[1] == "^~")


def _is_error_page(place: Directive) -> bool:
    """``location = /50x.html { root …; }``."""
    return bool(_ERROR_PAGE.fullmatch(place.words[-1].lstrip("/"))) and not any(
        each.name in _PASS for each in place.walk()
    )


def _is_condition(each: Directive) -> bool:
    """``if (…) { … }`` around nothing but headers and plain answers to the browser's own questions."""
    return each.name == "if" and all(
        _is_about(c) or (c.name == "return" and c.words[1:2] == ("204",)) for c in each.block
    )


def _is_redirect(server: Directive) -> bool:
    answers = 0
    for each in server.block:
        if each.name in ("listen", "server_name", "server_tokens") or _is_about(each):
            continue
        inside = each.block if each.name == "if" or (each.name == "location" and _is_root(each)) else (each,)
        for one in inside:
            plain = one.name == "return" and one.words[1:] == ("404",)
            sends = one.name == "return" and len(one.words) == 3 and _BACK_TO_TLS.fullmatch(one.words[2])
            if not plain and not sends:
                return False
            answers += 1
    return answers > 0


def _first_pass(place: Directive) -> str:
    return next((each.words[1] for each in place.walk() if each.name in _PASS and len(each.words) > 1), "it")
