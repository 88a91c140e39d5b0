"""lint and the real server say the same: known cases, drawn ones, pairs of traps. `make oracle` does more."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from livekit_migrate.livekit.configcheck import schema as schemas
from tests.conftest import need, server_binary
from tests.oracle import mutations
from tests.oracle.__main__ import WANTED, compare, drawn
from tests.oracle.judge import missing
from tests.oracle.known import KNOWN

DRAWN, PAIRS = 150, 50


@pytest.fixture(params=schemas.versions())
def server(request: pytest.FixtureRequest) -> tuple[str, Path]:
    version: str = request.param
    if lacking := missing():
        need("netns", lacking)
    return version, server_binary(None if version == "1.13.5" else version)


def test_known_configurations(server: tuple[str, Path]) -> None:
    version, binary = server
    cases = [
        mutations.Case("known", known.data)
        for known in KNOWN
        if schemas.release_of(known.since) <= schemas.release_of(version)
    ]
    figures = compare(binary, version, cases)
    assert figures.laxer + figures.stricter == []


def test_drawn_configurations(server: tuple[str, Path]) -> None:
    version, binary = server
    # The same each time, so that a failure is of the change at hand; `make oracle` draws anew.
    seed = int(os.environ.get("LKM_SEED", "20261126"))
    cases = drawn(version, DRAWN, seed)
    pairs = list(mutations.pairs(schemas.load(version)))
    cases += random.Random(seed).sample(pairs, PAIRS)
    figures = compare(binary, version, cases)
    told = f"{figures} (LKM_SEED={seed})"
    assert figures.laxer == [], told
    assert figures.same >= WANTED, (told, figures.stricter)
    assert 0 < figures.refused < figures.cases, told
