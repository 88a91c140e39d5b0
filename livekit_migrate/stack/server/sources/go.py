"""A build with the Go that this machine has."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from ..binary import numbers
from ..gobuild import KNOWN_GO, build, environment, fetches_go_itself, go_version
from . import Job, Offer, SourceError

NAME = "go"
ORDER = 30
TEXT = "build with this machine's Go"
CACHED = True


def offer(version: str) -> Offer:
    found = shutil.which("go")
    if found is None:
        return Offer(False, "no go on PATH")
    try:
        has = go_version(Path(found))
    except SourceError as error:
        return Offer(False, error.reason)
    wants = KNOWN_GO.get(version.rpartition(".")[0], "")
    if not wants or numbers(has) >= numbers(wants):
        return Offer(True, f"{found} is Go {has}; about a minute")
    if fetches_go_itself(Path(found), has):
        return Offer(True, f"{found} is Go {has} and fetches Go {wants} by itself")
    return Offer(False, f"{found} is Go {has}; livekit-server {version} needs Go {wants}")


def get(job: Job) -> Path:
    found = shutil.which("go")
    if found is None:
        raise SourceError("no go on PATH")
    return build(Path(found), job, environment(os.environ))
