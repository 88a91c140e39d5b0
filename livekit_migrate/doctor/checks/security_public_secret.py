"""A secret that browsers get: in a variable of the client's, written into its code, or in what was built."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import islice

from ...code.env import is_example
from ...code.js.parse import Node
from ...core.result import Finding
from ..context import Context
from ..model import Check, Fault
from ..source.browser import client_only, is_root
from ..source.envs import PUBLIC, reads
from ..source.names import meaning
from ..source.nodes import arguments, callee, string
from ..source.problem import Problem, report
from ..source.settings import Setting, settings
from ..source.sources import Module, Sources
from ..source.tokens import is_sdk

_SECRET = re.compile(r"(^|_)(SECRET|SECRET_KEY|API_SECRET|PRIVATE_KEY|PASSWORD|PASSWD|SERVICE_ROLE_KEY)$")
# Browsers have to have these: the user and password of a relay.
_FOR_BROWSERS = re.compile(r"TURN|ICE_|STUN")
_BUILT = ("dist", "build", "out", "public", ".next/static", ".output/public", "static", "www")
_LARGEST = 8 * 1024 * 1024
_MOST_BYTES = 48 * 1024 * 1024
_MOST_FILES = 5000
_SHORTEST = 16


def problems(sources: Sources) -> Iterator[Problem]:
    values = _values(sources)
    yield from _variables(sources, values)
    yield from _read(sources)
    yield from _code(sources, values)
    yield from _built(sources, values)


def _values(sources: Sources) -> Mapping[str, Setting]:
    """The API secrets that the app's own files set, by value."""
    from ...core.secret import PLACEHOLDERS, remember

    found: dict[str, Setting] = {}
    for each in settings(sources):
        if each.name != "LIVEKIT_API_SECRET" or len(each.value) < _SHORTEST or "$" in each.value:
            continue
        if each.value not in PLACEHOLDERS and not is_example(each.file):
            remember(each.value)
            found.setdefault(each.value, each)
    return found


def is_secret(name: str) -> bool:
    """Whether a variable holds a secret, by its name."""
    return bool(_SECRET.search(name)) and not _FOR_BROWSERS.search(name)


def _variables(sources: Sources, values: Mapping[str, Setting]) -> Iterator[Problem]:
    for each in settings(sources):
        if not each.name.startswith(PUBLIC):
            continue
        same = values.get(each.value)
        if same is None and (not is_secret(each.name) or not each.value):
            continue
        copied = f"Its value is that of {same.name} at {same.file}:{same.line}. " if same else ""
        yield Problem(
            "fail" if same or "LIVEKIT" in each.name else "warn",
            f"{each.name} holds a secret, and its name makes it public",
            each.file,
            each.line,
            None,
            f"{copied}A bundler writes variables that begin so into the JavaScript of the page.",
            _REMEDY,
            evidence={"name": each.name, "where": each.where},
        )


_REMEDY = (
    "rename it without the prefix, read it on the back end only, and replace the secret: it is known by now: "
    "lkm keys rotate"
)


def _read(sources: Sources) -> Iterator[Problem]:
    set_somewhere = {each.name for each in settings(sources)}
    seen: set[str] = set()
    for each in reads(sources):
        public = each.name.startswith(PUBLIC) and is_secret(each.name)
        if not public or each.name in set_somewhere or each.name in seen:
            continue
        seen.add(each.name)
        yield Problem(
            "fail" if "LIVEKIT" in each.name else "warn",
            f"{each.name} is read as a secret, and its name makes it public",
            each.module.path,
            each.module.line(each.node),
            each.module.column(each.node),
            "A bundler writes variables that begin so into the JavaScript of the page.",
            _REMEDY,
            evidence={"name": each.name},
        )


def _code(sources: Sources, values: Mapping[str, Setting]) -> Iterator[Problem]:
    """The secret itself as a text in source code, and texts that tokens of the client are signed with."""
    needles = [value.encode() for value in values]
    for module in sources.holding(*needles) if needles else ():
        for node in module.nodes("string", "template_string"):
            if (same := values.get(string(node) or "")) is not None:
                yield _written(module, node, f"It is the value of {same.name} at {same.file}:{same.line}.")
    for module in sources.holding(b"AccessToken"):
        if not is_root(sources, module) and not client_only(sources, module.path):
            continue
        for node in module.nodes("new_expression"):
            given = arguments(node)
            if len(given) > 1 and is_sdk(meaning(sources, module, callee(node)), "AccessToken"):
                text = string(given[1])
                if text and text not in values:
                    yield _written(module, given[1], "A token is signed with it in the client.")


def _written(module: Module, node: Node, detail: str) -> Problem:
    return Problem(
        "fail",
        "the API secret is written into source code",
        module.path,
        module.line(node),
        module.column(node),
        detail,
        "read it from the back end's environment, and replace it: lkm keys rotate",
        evidence={"secret": "hidden"},
    )


def _built(sources: Sources, values: Mapping[str, Setting]) -> Iterator[Problem]:
    """The secret in files that a web server hands out; looked for by its value, which nothing else has."""
    if not values:
        return
    left = _MOST_BYTES
    for folder in sorted({"", *sources.app.packages}):
        if not client_like(sources, folder):
            continue
        for name in _BUILT:
            base = sources.app.root / folder / name
            if not base.is_dir() or base.is_symlink():
                continue
            for path in sorted(islice(base.rglob("*.js"), _MOST_FILES)):
                if path.is_symlink() or "node_modules" in path.parts:
                    continue
                sources.in_time()
                try:
                    with path.open("rb") as file:
                        data = file.read(_LARGEST)
                except OSError:
                    continue
                if (left := left - len(data)) < 0:
                    return
                for value, setting in values.items():
                    if (at := data.find(value.encode())) >= 0:
                        yield Problem(
                            "fail",
                            "the API secret is in a file that browsers load",
                            path.relative_to(sources.app.root).as_posix(),
                            data.count(b"\n", 0, at) + 1,
                            None,
                            f"It is the value of {setting.name} at {setting.file}:{setting.line}.",
                            "find where the client gets it from, build again, and replace it: lkm keys "
                            "rotate",
                            evidence={"secret": "hidden"},
                        )


def client_like(sources: Sources, folder: str) -> bool:
    """Whether a package's built folders are for browsers: a server's ``dist`` may hold what it likes."""
    names = {each.name for each in sources.app.frameworks.get(folder, ())}
    return bool(
        names & {"vite", "cra", "next", "nuxt", "sveltekit", "astro", "vue", "angular", "webpack"}
    ) and not (names & {"express", "fastify", "nest", "koa", "hono"})


def _run(context: Context) -> Iterator[Finding]:
    return report(CHECK, context, problems)


CHECK = Check(
    id="security.public-secret",
    title="No secret reaches browsers",
    category="security",
    run=_run,
    seconds=10.0,
    order=5,
    why="Whoever has the API secret signs tokens for every room, removes people and reads recordings. "
    "NEXT_PUBLIC_, VITE_ and REACT_APP_ mean: write this into the page.",
    source="the manuals of Next.js, Vite and create-react-app on environment variables",
    evidence="The page's JavaScript in the browser's developer tools: search for the secret's first letters.",
    remedy="Keep secrets in variables without such a prefix, and replace one that was public once.",
    faults=(
        Fault(
            "VITE_LIVEKIT_API_SECRET in .env",
            "VITE_LIVEKIT_API_SECRET holds a secret, and its name makes it public",
            "calls work; the secret is in the page's JavaScript",
        ),
    ),
)
