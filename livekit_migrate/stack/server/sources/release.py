"""The official release of github.com/livekit/livekit for this system, its checksum verified.

File names as the project's .goreleaser.yaml makes them (1.13.5): Linux and Windows only.
"""

from __future__ import annotations

import gzip
import os
import shutil
import tarfile
import zipfile
import zlib
from pathlib import Path
from typing import IO

from ..binary import NAME as PROGRAM
from ..binary import this_platform
from ..download import fetch, fetch_text
from . import Job, Offer, SourceError

NAME = "release"
ORDER = 20
TEXT = "official release"
CACHED = True

BASE = "https://github.com/livekit/livekit/releases/download"
_PLATFORMS = ("linux_amd64", "linux_arm64", "linux_armv7", "windows_amd64", "windows_arm64", "windows_armv7")


def base_url() -> str:
    """Where releases are; ``LKM_RELEASE_URL`` names a mirror with the same layout below it."""
    return (os.environ.get("LKM_RELEASE_URL") or BASE).rstrip("/")


def asset(version: str) -> str:
    """The release file for this system.

    Raises:
        SourceError: LiveKit releases none for it.
    """
    system = this_platform()
    if system not in _PLATFORMS:
        hint = "brew install livekit" if system.startswith("darwin") else ""
        raise SourceError(f"LiveKit has no release for {system}: only for Linux and Windows", hint)
    return f"livekit_{version}_{system}" + (".zip" if system.startswith("windows") else ".tar.gz")


def offer(version: str) -> Offer:
    try:
        return Offer(True, f"{base_url()}/v{version}/{asset(version)}")
    except SourceError as error:
        return Offer(False, error.reason)


def get(job: Job) -> Path:
    name = asset(job.version)
    folder = f"{base_url()}/v{job.version}"
    wanted = _checksum(fetch_text(f"{folder}/checksums.txt"), name, folder)
    archive = job.work / name
    got = fetch(f"{folder}/{name}", archive, job.progress)
    if got != wanted:
        raise SourceError(
            f"{folder}/{name}: wrong checksum: sha256 {got[:16]}…, checksums.txt says {wanted[:16]}…",
            "the file was damaged on its way or is not the official one; nothing of it was kept",
        )
    job.progress.update("unpacking")
    program = job.work / PROGRAM
    try:
        _unpack(archive, program)
    except (tarfile.TarError, zipfile.BadZipFile, gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise SourceError(f"{folder}/{name}: cannot be unpacked: {error}") from error
    archive.unlink()
    return program


def _checksum(listing: str, name: str, folder: str) -> str:
    for line in listing.splitlines():
        words = line.split()
        if len(words) == 2 and words[1].lstrip("*") == name and len(words[0]) == 64:
            return words[0].lower()
    raise SourceError(f"{folder}/checksums.txt does not list {name}")


def _unpack(archive: Path, target: Path) -> None:
    """Only the one member, by its name: no path of the archive decides where anything is written."""
    if archive.suffix == ".zip":
        with zipfile.ZipFile(archive) as packed:
            for entry in packed.infolist():
                if not entry.is_dir() and Path(entry.filename).name == PROGRAM:
                    with packed.open(entry) as source:
                        return _copy(source, target)
    else:
        with tarfile.open(archive, "r:gz") as tar:
            for member in tar:
                if member.isfile() and Path(member.name).name == PROGRAM:
                    source_file = tar.extractfile(member)
                    assert source_file is not None  # noqa: S101 - a regular file has content
                    with source_file:
                        return _copy(source_file, target)
    raise tarfile.TarError(f"there is no {PROGRAM} in it")


def _copy(source: IO[bytes], target: Path) -> None:
    with target.open("xb") as file:
        shutil.copyfileobj(source, file, 1024 * 1024)
    target.chmod(0o755)
