"""When what an earlier run read counts no more."""

from __future__ import annotations

import importlib.metadata
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from livekit_migrate.scan import store

PACKAGE = Path(store.__file__).parent.parent


@pytest.fixture(autouse=True)
def _asked_anew() -> Iterator[None]:
    store.code_version.cache_clear()
    yield
    store.code_version.cache_clear()


@pytest.mark.parametrize("name", ["tree-sitter", "tree-sitter-javascript", "tree-sitter-typescript"])
def test_another_parser_reads_everything_anew(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = store.code_version()
    store.code_version.cache_clear()
    real = importlib.metadata.version
    monkeypatch.setattr(importlib.metadata, "version", lambda one: "99" if one == name else real(one))
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
