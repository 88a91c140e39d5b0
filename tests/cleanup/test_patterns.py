"""Every way in which a flag is folded, as files before and after, in every shape that a file may have."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from livekit_migrate.app.look import App, look
from livekit_migrate.cleanup.engine import Flag, FoldResult, Options, fold_project

from .cases import Case, cases

FLAG = Flag(("NEXT_PUBLIC_USE_LIVEKIT",))
ALL = [*cases("patterns.txt"), *cases("more.txt")]
EACH = [pytest.param(case, ending, id=f"{case.name}-{ending}") for case in ALL for ending in case.endings]


def tabs(text: str) -> str:
    return re.sub(r"(?m)^(?:  )+", lambda match: "\t" * (len(match[0]) // 2), text)


SHAPES: dict[str, Callable[[str], bytes]] = {
    "lf": lambda text: text.encode(),
    "crlf": lambda text: text.replace("\n", "\r\n").encode(),
    "tabs": lambda text: tabs(text).encode(),
    "bom": lambda text: codecs.BOM_UTF8 + text.encode(),
    "no final newline": lambda text: text.removesuffix("\n").encode(),
}


def app_with(folder: Path, files: dict[str, str]) -> App:
    """An app with these files."""
    for path, text in {"package.json": '{"private": true}\n', **files}.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    return look(folder)


def after(result: FoldResult, files: dict[str, bytes]) -> dict[str, bytes | None]:
    """All files as they are afterwards."""
    return {**files, **{edit.path: edit.after for edit in result.files}}


@pytest.mark.parametrize(("case", "ending"), EACH)
def test_case(case: Case, ending: str, tmp_path: Path) -> None:
    before, expected = case.files(ending)
    app = app_with(tmp_path, before)
    options = Options(unsafe=case.unsafe)
    for shape, shaped in SHAPES.items():
        files = {path: shaped(text) for path, text in before.items()}
        result = fold_project(app, (FLAG,), options, read=files.get)
        found = after(result, files)
        wanted = {path: text if text is None else shaped(text) for path, text in expected.items()}
        shown = {path: data.decode() if data is not None else None for path, data in found.items()}
        assert shown == {
            path: data.decode() if data is not None else None for path, data in wanted.items()
        }, shape
        told = {(each.rule, each.path, each.line) for each in result.refusals}
        missing = {(rule, path.replace("EXT", ending), line) for rule, path, line in case.told} - told
        assert not missing, (shape, sorted(told))
        again = {path: data for path, data in found.items() if data is not None}
        left = fold_project(app, (FLAG,), options, read=again.get)
        assert not left.files, (shape, "a second run changes something", [each.path for each in left.files])
