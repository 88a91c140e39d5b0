"""LIVEKIT_KEYS without the space, and the edit that puts it there."""

from __future__ import annotations

from pathlib import Path

import pytest

from livekit_migrate.doctor.checks.config_keys_space import mended, unspaced
from tests.conftest import Lkm
from tests.doctor.source.small import sources

COMPOSE = (
    "services:\n  livekit:\n    image: livekit/livekit-server  # the server\n    environment:\n      {}\n"
)


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        (".env", "A=1\nLIVEKIT_KEYS=devkey:abc123\n", 'A=1\nLIVEKIT_KEYS="devkey: abc123"\n'),
        (".env", "LIVEKIT_KEYS='devkey:abc123' # dev\r\n", "LIVEKIT_KEYS='devkey: abc123' # dev\r\n"),
        (
            "compose.yml",
            COMPOSE.format("LIVEKIT_KEYS: devkey:abc123"),
            COMPOSE.format('LIVEKIT_KEYS: "devkey: abc123"'),
        ),
        (
            "docker-compose.yml",
            COMPOSE.format('LIVEKIT_KEYS: "${LIVEKIT_API_KEY}:${LIVEKIT_API_SECRET}"'),
            COMPOSE.format('LIVEKIT_KEYS: "${LIVEKIT_API_KEY}: ${LIVEKIT_API_SECRET}"'),
        ),
        (
            "docker-compose.yml",
            COMPOSE.format("- LIVEKIT_KEYS=devkey:abc123"),
            None,
        ),
        ("compose.yml", COMPOSE.format('LIVEKIT_KEYS: "devkey: abc123"'), ""),
        (".env", "LIVEKIT_KEYS='devkey: abc123'\n", ""),
        (".env", "LIVEKIT_KEYS=\n", ""),
    ],
)
def test_the_space(tmp_path: Path, name: str, before: str, after: str | None) -> None:
    mine = sources(tmp_path, {name: before})
    found = list(unspaced(mine))
    if after == "":
        assert found == []
        return
    ((setting, value),) = found
    changed = mended(mine, setting, value)
    assert (changed.decode() if changed is not None else None) == after or after is None


def test_the_fix_as_a_user_runs_it(lkm: Lkm, project: Path) -> None:
    (project / ".env").write_text("LIVEKIT_KEYS=devkey:0123456789abcdefghijklmnopqrstuvwxyz\n")
    before = lkm("doctor", "--only", "config.keys-space", "--json")
    assert [each["status"] for each in before.json["findings"]] == ["fail"]
    mended_ = lkm("doctor", "--only", "config.keys-space", "--fix")
    assert mended_.code == 0, mended_.out + mended_.err
    assert "0123456789" not in mended_.out + mended_.err
    assert "devkey: 0123456789abcdefghijklmnopqrstuvwxyz" in (project / ".env").read_text()
