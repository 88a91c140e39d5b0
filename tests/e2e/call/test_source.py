"""The example apps as source: what their own checks say, and that the migrated one is what lkm makes."""

from __future__ import annotations

import filecmp
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT, Lkm

ORIGINAL, MIGRATED = ROOT / "examples" / "call-app", ROOT / "examples" / "call-app-migrated"
SEAM = "apps/web/src/call/useCall.ts#useCall"
AUTHORIZE = "apps/server/src/access.ts#roomAccess(services, env.SESSION_SECRET)"
INSTALLED = ("node_modules", ".next", "dist", "next-env.d.ts", "*.tsbuildinfo")


@pytest.mark.slow
@pytest.mark.parametrize("script", ["typecheck", "lint", "test"])
@pytest.mark.parametrize("example", ["original", "migrated"])
def test_its_own_checks_pass(example: str, script: str, request: pytest.FixtureRequest) -> None:
    folder = request.getfixturevalue(f"{example}_folder")
    done = subprocess.run(
        ["npm", "run", script],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_original_knows_nothing_of_us() -> None:
    for path in files(ORIGINAL):
        text = (ORIGINAL / path).read_text(encoding="utf-8").lower()
        assert "livekit" not in text, path
        assert "lkm" not in text, path


def test_the_migrated_example_is_what_init_makes(lkm: Lkm, tmp_path: Path) -> None:
    copy = tmp_path / "call-app"
    shutil.copytree(ORIGINAL, copy, ignore=shutil.ignore_patterns(*INSTALLED))
    ran = lkm("init", "--no-input", "--seam", SEAM, "--authorize", AUTHORIZE, cwd=copy)
    assert ran.code == 0, ran.err
    made, kept = files(copy), files(MIGRATED)
    assert made == kept, "tools/migrated-example.sh writes it anew"
    # The lock is npm's work.
    names = [name for name in made if name != "package-lock.json"]
    _, different, unreadable = filecmp.cmpfiles(copy, MIGRATED, names, shallow=False)
    assert (different, unreadable) == ([], []), "tools/migrated-example.sh writes it anew"


def files(folder: Path) -> list[str]:
    """What belongs to the source, by path."""
    skip = shutil.ignore_patterns(*INSTALLED, ".lkm")
    found: list[str] = []
    waiting = [folder]
    while waiting:
        here = waiting.pop()
        names = [one.name for one in here.iterdir()]
        for name in set(names) - set(skip(str(here), names)):
            path = here / name
            if path.is_dir():
                waiting.append(path)
            else:
                found.append(path.relative_to(folder).as_posix())
    return sorted(found)
