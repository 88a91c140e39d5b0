"""When what an earlier run read counts no more."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Iterator
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest
import tree_sitter

from livekit_migrate.scan import store

PACKAGE = Path(store.__file__).parent.parent


@pytest.fixture(autouse=True)
def _asked_anew() -> Iterator[None]:
    store.code_version.cache_clear()
    yield
    store.code_version.cache_clear()


@pytest.mark.parametrize("name", ["tree_sitter", "tree_sitter_javascript", "tree_sitter_typescript"])
def test_another_parser_reads_everything_anew(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An upgrade, as pip leaves it: other names beside the packages."""
    beside = [path.name for path in Path(tree_sitter.__file__).parent.parent.glob("tree_sitter*.dist-info")]
    assert len(beside) == 3
    for each in beside:
        (tmp_path / each).mkdir()
    spec = ModuleSpec("tree_sitter", None, origin=str(tmp_path / "tree_sitter" / "__init__.py"))
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: spec)
    before = store.code_version()
    store.code_version.cache_clear()
    (old,) = (tmp_path / each for each in beside if each.partition("-")[0] == name)
    old.rename(tmp_path / f"{name}-99.dist-info")
    assert store.code_version() != before


@pytest.mark.parametrize("file", ["scan/rows.json", "code/yaml.py", "code/js/parse.py", "app/tree.py"])
def test_other_code_reads_everything_anew(file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for room in ("scan", "code", "app"):
        shutil.copytree(PACKAGE / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(store, "__file__", str(tmp_path / "scan/store.py"))
    before = store.code_version()
    store.code_version.cache_clear()
    assert (tmp_path / file).is_file()
    with (tmp_path / file).open("a") as text:
        text.write("\n")
    assert store.code_version() != before
