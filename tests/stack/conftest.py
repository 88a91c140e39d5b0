"""Fixtures for tests of a stack in containers."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.compose import engine, generation

from .composed import BUSY, IMAGE, Composed, environment


@pytest.fixture(scope="session")
def busy_image() -> Iterator[str]:
    """The image of scripts; skips where there is no engine."""
    engine(IMAGE)
    subprocess.run(["docker", "tag", IMAGE, BUSY], check=True)
    yield BUSY
    subprocess.run(["docker", "rmi", "--force", BUSY], check=True, stdout=subprocess.DEVNULL)


@pytest.fixture
def composed(tmp_path: Path, clean_env: dict[str, str], busy_image: str) -> Iterator[Composed]:
    """A project for the Compose runtime, with Compose v5; nothing of it outlives the test."""
    mine = Composed(tmp_path, environment(clean_env, generation(5)))
    try:
        yield mine
    finally:
        mine.clean_up()


@pytest.fixture
def more_composed(
    tmp_path: Path, clean_env: dict[str, str], busy_image: str
) -> Iterator[Callable[[str], Composed]]:
    """Further projects, each by the name of its folder."""
    made: list[Composed] = []

    def make(folder: str) -> Composed:
        made.append(Composed(tmp_path, environment(clean_env, generation(5)), folder))
        return made[-1]

    try:
        yield make
    finally:
        for each in made:
            each.clean_up()
