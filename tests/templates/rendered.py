"""Templates written into a folder, without `lkm init`: their own tests need no app."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from livekit_migrate.core.render import render
from tests.conftest import ROOT

TEMPLATES = ROOT / "templates"


def described(name: str) -> dict[str, Any]:
    document = yaml.safe_load((TEMPLATES / name / "template.yaml").read_text(encoding="utf-8"))
    assert isinstance(document, dict)
    return document


def write(names: tuple[str, ...], source: Path, values: Mapping[str, Any]) -> list[Path]:
    """The files of these templates under one source folder, as `lkm init` lays them out there."""
    written = []
    for name in names:
        for file in described(name)["files"]:
            each = {"path": file} if isinstance(file, str) else file
            if any(str(values.get(key, "")) not in _words(said) for key, said in each.get("when", {}).items()):
                continue
            target = source / render(each.get("as", each["path"]), values, name=name)
            target.parent.mkdir(parents=True, exist_ok=True)
            text = (TEMPLATES / name / each["path"]).read_text(encoding="utf-8")
            target.write_text(render(text, values, name=each["path"]), encoding="utf-8")
            written.append(target)
    return written


def _words(said: Any) -> list[str]:
    return [str(word) for word in (said if isinstance(said, list) else [said])]
