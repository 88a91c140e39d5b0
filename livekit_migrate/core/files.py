"""Reading and writing files so that nothing is ever half-written."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
import stat
import zlib
from pathlib import Path
from typing import BinaryIO

from .errors import ConfigError, LkmError, NotReadyError

BOM = "\ufeff"


def read_bytes(path: Path, *, what: str = "file", limit: int = 64 * 1024 * 1024) -> bytes:
    """The bytes of a regular file.

    Raises:
        ConfigError: it is missing, a directory, a FIFO or a device, unreadable, or above ``limit`` bytes.
    """
    try:
        info = path.stat()
    except OSError as error:
        raise cannot("read", what, path, error) from error
    if stat.S_ISDIR(info.st_mode):
        raise ConfigError(f"{path}: is a directory, a {what} was expected", code="file.is-directory")
    if not stat.S_ISREG(info.st_mode):
        raise ConfigError(f"{path}: is not a regular file", code="file.not-regular")
    if info.st_size > limit:
        raise ConfigError(
            f"{path}: {info.st_size:,} bytes are too many for a {what} (at most {limit:,})",
            code="file.too-large",
        )
    try:
        return path.read_bytes()
    except OSError as error:
        raise cannot("read", what, path, error) from error


def read_text(path: Path, *, what: str = "file", limit: int = 64 * 1024 * 1024) -> str:
    """The text of a UTF-8 file, line ends and a BOM kept as they are.

    Raises:
        ConfigError: as ``read_bytes``, or the bytes are not UTF-8 (with line and column of the first one).
    """
    raw = read_bytes(path, what=what, limit=limit)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line = before.count(b"\n") + 1
        column = error.start - (before.rfind(b"\n") + 1) + 1
        raise ConfigError(
            f"{path}:{line}:{column}: not UTF-8 (byte 0x{raw[error.start]:02x})",
            code="file.not-utf8",
            hint=f"save it as UTF-8, e.g.: iconv -f latin1 -t utf-8 {path.name}",
        ) from error


def line_end(text: str) -> str:
    """What ends most of a text's lines: CRLF or LF."""
    return "\r\n" if text.count("\r\n") * 2 > text.count("\n") else "\n"


def temp_name(path: Path, tag: str) -> Path:
    """Where ``stage`` with this tag builds the new file: beside it, so that replacing is one step."""
    name = path.name
    if len(os.fsencode(name)) > 100:  # a name may have 255 bytes, and two long ones may begin alike
        name = f"{name[:20]}~{zlib.crc32(os.fsencode(name)):08x}"
    return path.with_name(f".{name}.lkm-{tag}.tmp")


def link_end(path: Path) -> Path:
    """The file that a path means in the end: all symlinks followed, the last one too, even to nowhere.

    Raises:
        ConfigError: the links go round in a circle, or a folder on the way cannot be looked into.
    """
    try:
        return Path(os.path.realpath(path, strict=True))
    except FileNotFoundError:
        return Path(os.path.realpath(path))
    except OSError as error:
        raise cannot("find", "file", path, error) from error


def stage(target: Path, data: bytes, *, mode: int | None, tag: str) -> Path:
    """Build the new file beside the old one; ``commit`` then replaces in one step.

    It is made 0600 before a byte is written and gets ``mode`` (default: the old file's, else 0644) last.
    Owner and group are kept where the system allows.

    Raises:
        LkmError: the old file is read-only or no regular file, the folder is not writable, the disk is
            full; nothing is left behind then.
    """
    temp = temp_name(target, tag)
    try:
        old = target.stat() if os.path.lexists(target) else None
        if old is not None:
            check_replaceable(target, old)
        descriptor = os.open(temp, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                if mode is None:
                    mode = stat.S_IMODE(old.st_mode) if old else 0o644
                if hasattr(os, "fchmod"):
                    if old is not None:
                        with contextlib.suppress(OSError):
                            os.fchown(file.fileno(), old.st_uid, old.st_gid)
                    os.fchmod(file.fileno(), mode)
                os.fsync(file.fileno())
        except BaseException:
            temp.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise cannot("write", "file", target, error) from error
    return temp


def check_replaceable(target: Path, info: os.stat_result) -> None:
    """Refuse what ``os.replace`` would take without asking.

    Raises:
        ConfigError: a directory, a FIFO, a device.
        PermissionError: a read-only file: whoever set it read-only meant it.
    """
    if stat.S_ISDIR(info.st_mode):
        raise ConfigError(f"{target}: is a directory, a file was expected", code="file.is-directory")
    if not stat.S_ISREG(info.st_mode):
        raise ConfigError(f"{target}: is not a regular file", code="file.not-regular")
    if not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, "the file is read-only")


def write_atomic(
    path: Path, data: bytes, *, mode: int | None = None, tag: str | None = None, follow: bool = True
) -> None:
    """Replace a file's content in one step; readers see the old or the new, never a mixture.

    A symlink stays one: the file it points to is replaced. Mode and owner as ``stage`` gives them.

    Args:
        follow: False for lkm's own files: a symlink in their place is somebody else's, and refused.

    Raises:
        LkmError: as ``stage``; nothing has changed then.
    """
    if not follow and path.is_symlink():
        raise is_link(path)
    target = link_end(path) if follow else path
    temp = stage(target, data, mode=mode, tag=tag or secrets.token_hex(4))
    try:
        temp.replace(target)
    except BaseException as error:
        temp.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise cannot("write", "file", path, error) from error
        raise
    sync_directory(target.parent)


def open_own(path: Path) -> BinaryIO:
    """One of lkm's own files, emptied, 0600 when new.

    Raises:
        ConfigError: there is a symlink in its place, or it cannot be written.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0)
    try:
        return os.fdopen(os.open(path, flags, 0o600), "wb")
    except OSError as error:
        if path.is_symlink():
            raise is_link(path) from error
        raise cannot("write", "file", path, error) from error


def is_link(path: Path) -> ConfigError:
    """The error for a symlink where lkm keeps a file of its own: a cloned repository may bring one."""
    return ConfigError(
        f"{path}: is a symlink; lkm makes none there and follows none",
        code="file.symlink",
        hint=f"look where it points: ls -l {path}; then remove it: rm {path}",
    )


def sync_directory(path: Path) -> None:
    """Make a rename in this folder survive a power cut, where the system can."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return
    try:
        with contextlib.suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_tree(path: Path) -> None:
    """Remove a file, a link, or a folder with all in it, read-only ones too (Go's module cache is).

    Raises:
        ConfigError: something in it belongs to somebody else.
    """
    try:
        if path.is_symlink() or not path.is_dir():
            path.unlink(missing_ok=True)
            return
        path.chmod(0o700)
        for folder, folders, _ in os.walk(path):
            for inner in (Path(folder, name) for name in folders):
                if not inner.is_symlink():
                    inner.chmod(0o700)  # before the walk goes on into it
        shutil.rmtree(path)
    except OSError as error:
        raise cannot("remove", "folder", Path(error.filename or path), error) from error


def private_directory(path: Path) -> Path:
    """The folder; it and what is missing above it is made 0700."""
    missing = [folder for folder in (path, *path.parents) if not os.path.lexists(folder)]
    try:
        for folder in reversed(missing):
            folder.mkdir(mode=0o700, exist_ok=True)
        path.mkdir(exist_ok=True)  # says what is wrong with what is there
    except OSError as error:
        raise cannot("create", "folder", path, error) from error
    return path


def cannot(verb: str, what: str, path: Path, error: OSError) -> LkmError:
    """The error a user reads for an OSError at a file: what, where, why, and what to look at."""
    reason = (error.strerror or str(error)).lower()
    code = _CODES.get(error.errno or 0, "file.io")
    message = f"{path}: cannot {verb} the {what}: {reason}"
    if code == "disk.full":
        return NotReadyError(message, code=code, hint=f"free some space: df -h {_existing(path.parent)}")
    hint = f"look at its owner and mode: ls -ld {_existing(path)}" if code == "file.permission" else ""
    return ConfigError(message, code=code, hint=hint)


_CODES = {
    errno.ENOENT: "file.missing",
    errno.ENOTDIR: "file.missing",
    errno.EACCES: "file.permission",
    errno.EPERM: "file.permission",
    errno.EROFS: "file.permission",
    errno.ENOSPC: "disk.full",
    getattr(errno, "EDQUOT", errno.ENOSPC): "disk.full",  # no such thing on Windows
    errno.EISDIR: "file.is-directory",
    errno.ELOOP: "file.symlink-loop",
}


def _existing(folder: Path) -> Path:
    # os.path: Path's raises in a folder that one may not look into.
    while not os.path.lexists(folder) and folder != folder.parent:
        folder = folder.parent
    return folder
