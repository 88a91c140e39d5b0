"""The plan as a whole: what it is made on, and what it says of the order of its steps."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from livekit_migrate.cleanup.plan import Plan, make_plan
from livekit_migrate.cleanup.recipe import Flag, load
from livekit_migrate.cleanup.report import headline, left
from livekit_migrate.cleanup.work import Chosen
from livekit_migrate.core import journal
from livekit_migrate.core.errors import ConfigError
from livekit_migrate.core.report import Reporter

from ..conftest import ROOT
from .apps import FILES, snapshot, write


def plan(root: Path, **files: str) -> Plan:
    write(root, {**FILES, **files})
    return make_plan(root, load("mediasoup"), Chosen(), Reporter(), title="lkm cleanup mediasoup")


def test_a_file_that_changes_between_plan_and_apply_stops_all_of_it(tmp_path: Path) -> None:
    made = plan(tmp_path)
    compose = tmp_path / "docker-compose.yml"
    compose.write_text(compose.read_text() + "# mine\n")
    before = snapshot(tmp_path)
    with pytest.raises(ConfigError, match=r"docker-compose.yml: was changed by somebody else"):
        journal.apply(made.changes(tmp_path), tidy=True)
    assert snapshot(tmp_path) == before


def test_a_folder_that_loses_its_last_file_goes_and_comes_back_with_undo(tmp_path: Path) -> None:
    made = plan(tmp_path)
    before = snapshot(tmp_path)
    journal.apply(made.changes(tmp_path), tidy=True)
    assert not (tmp_path / "apps/server/src/mediasoup").exists()
    journal.undo(tmp_path)
    assert snapshot(tmp_path) == before


def test_the_headline_of_a_dry_run_never_says_that_it_was_done(tmp_path: Path) -> None:
    made = plan(tmp_path)
    assert headline(made, applied=False).startswith("Dry run: ")
    assert headline(made, applied=True).startswith("Applied: edited ")
    assert left(made) == []


def test_nothing_is_asked_about_a_file_that_goes(tmp_path: Path) -> None:
    made = plan(tmp_path)
    gone = set(made.work.removed)
    assert gone
    assert [each for each in made.decisions if not each.done and each.file in gone] == []


def test_a_recipe_with_another_flag_leaves_this_one(tmp_path: Path) -> None:
    write(tmp_path)
    other = load("mediasoup").with_flags([Flag("SOMETHING_ELSE", "true")])
    made = make_plan(tmp_path, other, Chosen(), Reporter(), title="x")
    assert "apps/web/call/useCall.ts" not in made.work.after
    assert "apps/web/call/useMediasoupCall.ts" not in made.work.removed


def test_nothing_is_said_twice(tmp_path: Path) -> None:
    """The example's lock is left to its test alone, by the folding and by what goes after it."""
    app = tmp_path / "app"
    ignored = shutil.ignore_patterns("node_modules", ".next", "dist", ".lkm")
    shutil.copytree(ROOT / "examples" / "call-app-migrated", app, ignore=ignored)
    recipe = load("mediasoup").with_files(["apps/server/src/signaling"])
    made = make_plan(app, recipe, Chosen(), Reporter(), title="lkm cleanup mediasoup")
    assert [each.file for each in made.decisions if each.rule == "code.test"]
    assert len(set(made.decisions)) == len(made.decisions)
