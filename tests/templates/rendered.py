"""Templates written into a folder, without `lkm init`: their own tests need no app."""

from __future__ import annotations

import re
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


def write(names: tuple[str, ...], source: Path, values: Mapping[str, Any], *, ending: str = "") -> list[Path]:
    """The files of these templates under one source folder, as `lkm init` lays them out there.

    Args:
        ending: of relative imports, as Node's own modules want it: ``.js``.
    """
    written = []
    for name in names:
        for file in described(name)["files"]:
            each: dict[str, Any] = {"path": file} if isinstance(file, str) else file
            if not all(values.get(key) in _several(said) for key, said in each.get("when", {}).items()):
                continue
            target = source / render(each.get("as", each["path"]), values, name=name)
            target.parent.mkdir(parents=True, exist_ok=True)
            text = render((TEMPLATES / name / each["path"]).read_text(encoding="utf-8"), values, name=name)
            text = re.sub(r'(from "\.{1,2}/[^"]+)"', rf'\1{ending}"', text)
            target.write_text(text.lstrip("\n"), encoding="utf-8")
            written.append(target)
    return written


def _several(said: Any) -> list[Any]:
    return said if isinstance(said, list) else [said]
