"""What a cleanup writes for people, and the text that it finds and leaves to them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from livekit_migrate.cleanup.manifests import plan_dependencies
from livekit_migrate.cleanup.texts import list_texts, plan_texts
from livekit_migrate.cleanup.work import Work
from tests.conftest import ROOT

from .works import text, work_of

PATH = "docs/MIGRATION_SUMMARY.md"


def summarized(folder: Path, files: dict[str, str]) -> Work:
    work = work_of(folder, {"sfu.js": "", **files}, gone=("sfu.js",))
    work.variables = ["NEXT_PUBLIC_USE_LIVEKIT"]
    plan_texts(work)
    return work


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_the_summary_of_init_is_gone_on_with(tmp_path: Path, newline: str) -> None:
    example = ROOT / "examples" / "call-app-migrated" / PATH
    if not example.is_file():
        pytest.skip("the examples are no part of an sdist")
    before = example.read_text(encoding="utf-8").replace("\n", newline)
    work_of(tmp_path, {"docs/x": ""})
    (tmp_path / PATH).write_bytes(before.encode())
    work = summarized(tmp_path, {})
    assert "MIGRATION_SUMMARY.md" not in work.after, "there is one summary, not two"
    after = text(work, PATH)
    assert after.count("\n") == after.count(newline)
    assert after.startswith(
        newline.join(["# What `lkm init` brought to call-app", "", "<!-- lkm init -->", ""])
    )
    assert f"{newline}## From Mediasoup to LiveKit{newline}" in after
    assert f"{newline}### The flag{newline}" in after
    # What init said of the app stays; what held while both stacks ran goes.
    assert "| web | next (app router) | `apps/web` |" in after
    for word in ("lkm flag off", "One room, one stack", "beside Mediasoup", "while both run"):
        assert word in before
        assert word not in after
    (tmp_path / PATH).write_bytes(after.encode())
    again = summarized(tmp_path, {"sfu.js": "changed"})
    assert re.sub(r"\s", "", text(again, PATH)) == re.sub(r"\s", "", after), "one section, made anew"


def test_a_summary_of_somebody_else_stays(tmp_path: Path) -> None:
    own = summarized(tmp_path, {"MIGRATION_SUMMARY.md": "# ours\n", PATH: "# ours, too\n"})
    assert {"MIGRATION_SUMMARY.md", PATH} & set(own.after) == set()
    assert [(d.rule, d.done) for d in own.decisions] == [("texts.summary", False)]


def test_text_that_names_only_a_port_a_script_or_a_variable_is_found(tmp_path: Path) -> None:
    readme = """# Shop
Start the SFU with `npm run sfu` and open ws://localhost:4001.
It listens on port 4001; version 4.4001 does not.
`pnpm --filter server sfu` as well, but not `npm run sfu:web`.
Set `SFU_SECRET`; MY_SFU_SECRET is another.
We met at 40012:4001x.
"""
    files = {
        "README.md": readme,
        "start.sh": "npm run web\nyarn sfu\n",
        "package.json": '{"name": "s", "private": true, "scripts": {"sfu": "node sfu.js", "web": "next"}}',
        "sfu.js": "",
    }
    work = work_of(tmp_path, files, gone=("sfu.js",))
    work.variables = ["SFU_SECRET"]
    plan_dependencies(work)
    list_texts(work, frozenset({"4001", "40000-40100"}))
    assert text(work, "README.md") == readme
    said = {d.file: (d.title, d.reason, d.line) for d in work.decisions if d.rule == "texts.names"}
    assert said == {
        "README.md": ("names what goes: npm run sfu, and 3 more lines", "line 2, 3, 4, 5", 2),
        "start.sh": ("names what goes: yarn sfu", "line 2", 2),
    }
