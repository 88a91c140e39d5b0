"""Caddy: handlers, matchers and sites that lead to nothing but what goes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ...code.directives import Directive, walk
from .routes import Found
from .targets import Targets

_GROUPS = frozenset({"handle", "handle_path", "route"})
# What only says how a request is passed on, or logged: nothing of it answers by itself.
_ABOUT = frozenset(
    {
        "encode", "log", "log_skip", "log_append", "log_name", "header", "request_header", "request_body",
        "uri", "tls", "basic_auth", "basicauth", "bind", "vars", "map", "tracing", "metrics", "rewrite",
        "method", "skip_log", "fs", "intercept", "forward_auth",
    }
)  # fmt: skip
# Of `reverse_proxy`'s own block: with these it does more than pass on, or finds out by itself where to.
_MORE = frozenset({"dynamic", "handle_response", "replace_status", "lb_retry_match"})


def routes(trees: Mapping[str, Sequence[Directive]], targets: Targets) -> dict[str, Found]:
    """What goes of each file.

    Args:
        trees: path → its directives.
    """
    return {path: _File(tree, targets).answer() for path, tree in trees.items()}


def _is_snippet(each: Directive) -> bool:
    return len(each.words) == 1 and each.name.startswith("(") and each.name.endswith(")")


def _matcher(each: Directive) -> str:
    """The matcher of a directive: ``/sfu/*``, ``@sfu``, ``*``; empty where it has none."""
    first = each.words[1] if len(each.words) > 1 else ""
    return first if first == "*" or first.startswith(("/", "@")) else ""


def _addresses(proxy: Directive) -> list[str]:
    words = list(proxy.words[1:])
    if _matcher(proxy):
        words = words[1:]
    return [*words, *(word for each in proxy.block if each.name == "to" for word in each.words[1:])]


class _File:
    """One file on the way to its answer."""

    def __init__(self, tree: Sequence[Directive], targets: Targets) -> None:
        self.tree = tree
        self.targets = targets
        self.found = Found()
        self.snippets = {each.name[1:-1]: each for each in tree if _is_snippet(each)}

    def answer(self) -> Found:
        for each in self.tree:
            if each.children is None or not each.words:
                self._layer4(each)
            elif _is_snippet(each):
                self._level(each.block)
            else:
                self._site(each)
        self._orphans()
        return self.found

    def _layer4(self, options: Directive) -> None:
        """Global options: a module that passes on what is not HTTP is a person's."""
        for each in options.walk():
            if each.name == "proxy" and any(map(self.targets.gone, each.words[1:])):
                why = f"it leads to {each.words[-1]}, which goes: lkm does not edit layer4"
                self.found.stay(each, "a layer4 route", why)

    def _site(self, site: Directive) -> None:
        self._level(site.block)
        gone = [each for each in site.block if each in self.found.gone or self._is_rest_gone(each)]
        left = [each for each in site.block if each not in gone and not self._is_about(each)]
        if not gone or left:
            return
        title = f"site {' '.join(site.words)}"
        if site.loose:
            why = "it leads to what goes alone: it has no braces, and without it the file would be empty"
            self.found.stay(site, title, why)
            return
        inside = set(site.walk())
        self.found.drop(inside)
        self.found.left = [each for each in self.found.left if each.at not in inside]
        self.found.go(site, title, f"it leads to {self._first(gone[0])} alone")

    def _level(self, level: Sequence[Directive]) -> None:
        for each in level:
            verdict = self._verdict(each)
            title = f"route {_matcher(each)}".strip()
            if verdict == "mixed":
                why = f"it leads to {self._first(each)}, which goes, and does something else, too"
                self.found.stay(each, title, why)
            elif verdict == "gone" and _matcher(each) in ("", "*", "/*"):
                why = f"it leads to {self._first(each)}, which goes: what shall answer here in its place?"
                self.found.stay(each, title, why)
            elif verdict == "gone":
                self.found.go(each, title, f"it leads to {self._first(each)} alone")
            elif each.name in _GROUPS or each.name == "handle_errors":
                self._level(each.block)

    def _is_rest_gone(self, each: Directive) -> bool:
        """Whether it is what answers all other requests, and leads to what goes."""
        return _matcher(each) in ("", "*", "/*") and self._verdict(each) == "gone"

    def _verdict(self, each: Directive) -> str:
        """``gone``: it does nothing but lead to what goes; ``mixed``: that and something else."""
        if each.name == "reverse_proxy":
            return self._proxy(each)
        if each.name not in _GROUPS or each.children is None:
            return "stays"
        verdicts = [self._verdict(child) for child in each.block]
        if not {"gone", "mixed"} & set(verdicts):
            return "stays"
        others = [
            child
            for child, verdict in zip(each.block, verdicts, strict=True)
            if verdict == "stays" and not self._is_about(child)
        ]
        if not others:
            return "mixed" if "mixed" in verdicts else "gone"
        # Each of several routes inside of it is looked at by itself.
        return "stays"

    def _proxy(self, proxy: Directive) -> str:
        addresses = _addresses(proxy)
        gone = [each for each in addresses if self.targets.gone(each)]
        if not gone:
            return "stays"
        more = any(each.name in _MORE for each in proxy.block)
        return "mixed" if more or len(gone) < len(addresses) else "gone"

    def _is_about(self, each: Directive, seen: frozenset[str] = frozenset()) -> bool:
        """Whether a directive only says how: without a route it does nothing."""
        if each.name.startswith("@") or each.name in _ABOUT:
            return True
        if each.name == "import" and len(each.words) > 1 and each.words[1] not in seen:
            snippet = self.snippets.get(each.words[1])
            inside = seen | {each.words[1]}
            return snippet is not None and all(self._is_about(child, inside) for child in snippet.block)
        return False

    def _first(self, each: Directive) -> str:
        for proxy in each.walk():
            if proxy.name == "reverse_proxy":
                return next((a for a in _addresses(proxy) if self.targets.gone(a)), "it")
        return "it"

    def _orphans(self) -> None:
        """Named matchers and snippets that only what goes has used."""
        inside = {each for gone in self.found.gone for each in gone.walk()}
        if not inside:
            return
        for scope in [*self.tree, *(each for each in walk(self.tree) if each.name in _GROUPS)]:
            if scope in inside:
                continue
            for each in scope.block:
                if each.name.startswith("@") and each not in inside:
                    self._matcher_goes(each, scope.walk(), inside)
        for name, snippet in self.snippets.items():
            uses = [e for e in walk(self.tree) if e.name == "import" and e.words[1:2] == (name,)]
            if uses and all(each in inside for each in uses) and snippet not in inside:
                self.found.go(snippet, f"snippet {name}", "only what goes has imported it")

    def _matcher_goes(self, matcher: Directive, scope: Iterable[Directive], inside: set[Directive]) -> None:
        users = list(_users(matcher, scope))
        if users and all(each in inside for each in users):
            self.found.go(matcher, f"matcher {matcher.name}", "only what goes has used it")


def _users(matcher: Directive, scope: Iterable[Directive]) -> Iterator[Directive]:
    name = re.compile(rf"(?<![\w@]){re.escape(matcher.name)}(?![\w-])")
    own = set(matcher.walk())
    return (each for each in scope if each not in own and any(map(name.search, each.words[1:])))
