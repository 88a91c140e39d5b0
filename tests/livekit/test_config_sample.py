"""The official sample configuration of each release, out of Go's module cache, is clean."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from livekit_migrate.livekit.configcheck import schema as schemas
from livekit_migrate.livekit.configcheck.check import check
from tests.conftest import need


def module_folder(version: str, work: Path) -> Path:
    """Where Go has the server's module; fetched if need be."""
    go = shutil.which("go")
    if go is None:
        need("go", "no go on PATH")
        raise AssertionError
    argv = [go, "mod", "download", "-json", f"github.com/livekit/livekit-server@v{version}"]
    done = subprocess.run(argv, cwd=work, capture_output=True, text=True, check=False, timeout=300)
    if done.returncode:
        need("go", f"the module cannot be had: {done.stdout[-200:]}{done.stderr[-200:]}")
    return Path(json.loads(done.stdout)["Dir"])


@pytest.mark.parametrize("version", schemas.versions())
def test_the_official_sample_is_clean(version: str, tmp_path: Path) -> None:
    sample = (module_folder(version, tmp_path) / "config-sample.yaml").read_bytes()
    findings = check(sample, version=version)
    # Its two keys are placeholders of seven letters.
    assert [(f.status, f.id) for f in findings] == [("warn", "config.short-secret")] * 2
