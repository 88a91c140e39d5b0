"""The format of templates: what is wrong in one is said with its name, and nothing is written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from livekit_migrate.app.look import look
from livekit_migrate.code.js.endings import GRAMMAR_OF_ENDING
from livekit_migrate.code.js.style import Style
from livekit_migrate.core.errors import ConfigError
from livekit_migrate.scaffold.files import Target, wanted
from livekit_migrate.scaffold.sides import server_sides, web_sides
from livekit_migrate.scaffold.source import Sources
from livekit_migrate.scaffold.templates import PLACES, fits, templates
from livekit_migrate.scaffold.values import values
from tests.scaffold.apps import HONO, NEXT, planned, prints, workspace, write

HEAD = "name: x\nversion: 1\ninto: server-src\n"


def template(folder: Path, text: str, files: dict[str, str] | None = None) -> Path:
    write(folder / "x", {"template.yaml": text, **(files or {})})
    return folder


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("into: nowhere\n", "into: 'nowhere' is none of root, web"),
        (HEAD + "filez: []\n", "unknown key filez"),
        (HEAD + "files: [gone.ts]\n", "gone.ts is not there"),
        (HEAD + "files: [{path: a.ts, whn: {}}]\n", "unknown key whn"),
        (HEAD + "files: [1]\n", "neither a path nor a mapping"),
        (HEAD + "when: [a]\n", "when: is no mapping"),
        (HEAD + "dependencies: [a]\n", "dependencies: is no mapping"),
        (HEAD + "env: {A: {defualt: 1}}\n", "env: A: unknown key defualt"),
        ("[", "is no YAML"),
    ],
)
def test_a_wrong_template_is_named(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(ConfigError, match=r"x/template\.yaml: ") as caught:
        templates(template(tmp_path, text, {"a.ts": ""}))
    assert why in caught.value.message


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("const a = <%= missing %>;\n", "template.missing-value"),
        ("const a = <% if %>;\n", "template.syntax"),
        ("const = 1;\n", "template.code"),
    ],
)
def test_a_template_that_cannot_be_written_stops_it_all(tmp_path: Path, code: str, why: str) -> None:
    app = write(tmp_path / "app", HONO)
    before = prints(app)
    folder = template(tmp_path / "templates", HEAD + "files: [a.ts]\n", {"a.ts": code})
    with pytest.raises(ConfigError) as caught:
        planned(app, folder=folder)
    assert caught.value.code == why
    assert "a.ts" in caught.value.message
    assert prints(app) == before


def test_conditions() -> None:
    assert fits({"web": ("next", "vite"), "compose": ("false",)}, {"web": "vite", "compose": False})
    assert not fits({"web": ("next",)}, {"web": "vite"})
    assert not fits({"compose": ("true",)}, {})


def _is_commonjs(place: str, module: str) -> bool:
    """A web app's bundler wants ES modules, whatever its server is."""
    return module == "cjs" and place.startswith("server")


CASES = [
    (web, server, language, module)
    for web in ("next", "vite")
    for server in ("hono", "express", "fastify")
    for language, module in (("ts", "esm"), ("js", "esm"), ("js", "cjs"))
]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What init sees in an app, as templates are given it."""
    app = look(write(tmp_path_factory.mktemp("seen"), workspace(NEXT, HONO)))
    sources = Sources(app)
    [web], [server] = web_sides(app, sources), server_sides(app, sources)
    found = values(sources, web, server, None, {})
    return found | {"seam": False, "session_import": "", "session_export": ""}


@pytest.mark.parametrize("case", CASES, ids=["-".join(case) for case in CASES])
def test_all_code_can_be_written_in_every_language(
    case: tuple[str, str, str, str], seen: dict[str, Any]
) -> None:
    """No enum, decorator or other thing that types cannot be taken out of; nothing is missing."""
    web, server, language, module = case
    given = {**seen, "web": web, "server": server, "language": language, "module": module}
    style = Style("'", False, "\t", "none", "\n", "")
    targets = {place: Target(place, style, language == "ts", _is_commonjs(place, module)) for place in PLACES}
    chosen = [each for each in templates() if fits(each.when, given)]
    paths = [each.path for each in wanted(chosen, given, targets)]
    endings = [
        path.rpartition(".")[2] for path in paths if f".{path.rpartition('.')[2]}" in GRAMMAR_OF_ENDING
    ]
    assert len(endings) > 20
    assert set(endings) <= ({"ts", "tsx"} if language == "ts" else {"js", "jsx"})
