"""Reading and writing files: what is refused is refused by name, what is written is whole."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from livekit_migrate.core import files
from livekit_migrate.core.errors import ConfigError, NotReadyError
from tests.unprivileged import give, unprivileged_python


def refused(path: Path) -> ConfigError:
    with pytest.raises(ConfigError) as error:
        files.read_text(path, what="project file", limit=1000)
    return error.value


def test_what_is_no_readable_file_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "large").write_bytes(b"x" * 1001)
    cases = {
        "missing": ("file.missing", "cannot read the project file: no such file"),
        ".": ("file.is-directory", "is a directory, a project file was expected"),
        "loop": ("file.symlink-loop", "too many levels of symbolic links"),
        "fifo": ("file.not-regular", "is not a regular file"),
        "large": ("file.too-large", "1,001 bytes are too many for a project file (at most 1,000)"),
    }
    for name, (code, said) in cases.items():
        error = refused(tmp_path / name)
        assert error.code == code
        assert said in error.message
        assert error.message.startswith(str(tmp_path / name))


def test_lkms_own_files_follow_no_link(tmp_path: Path) -> None:
    mine, link = tmp_path / "mine", tmp_path / "link"
    mine.write_text("precious")
    link.symlink_to(mine)
    for write in (lambda: files.write_atomic(link, b"x", follow=False), lambda: files.open_own(link)):
        with pytest.raises(ConfigError, match="is a symlink") as caught:
            write()
        assert f"rm {link}" in caught.value.hint
    assert (mine.read_text(), link.is_symlink()) == ("precious", True)
    with files.open_own(tmp_path / "new") as file:
        file.write(b"y")
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o600


def test_64_megabytes_are_the_limit(tmp_path: Path) -> None:
    file = tmp_path / "huge"
    with file.open("wb") as sparse:
        sparse.truncate(64 * 1024 * 1024 + 1)
    with pytest.raises(ConfigError, match="67,108,865 bytes are too many"):
        files.read_bytes(file)


@pytest.mark.parametrize(
    ("raw", "where"), [(b"\xff", "1:1"), (b"a\nb\r\nc\xe9d", "3:2"), ("ü".encode() + b"\n" + b"\x80", "2:1")]
)
def test_other_encodings_are_refused_with_line_and_column(tmp_path: Path, raw: bytes, where: str) -> None:
    file = tmp_path / "latin.env"
    file.write_bytes(raw)
    error = refused(file)
    assert error.message.startswith(f"{file}:{where}: not UTF-8")
    assert "iconv" in error.hint


def test_text_is_read_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_bytes(b"\xef\xbb\xbfa\r\nb")
    assert files.read_text(file) == "\ufeffa\r\nb"


def test_a_write_keeps_mode_and_symlink(tmp_path: Path) -> None:
    end = tmp_path / "end"
    end.write_bytes(b"old")
    end.chmod(0o640)
    (tmp_path / "link").symlink_to("end")
    files.write_atomic(tmp_path / "link", b"new")
    assert end.read_bytes() == b"new"
    assert stat.S_IMODE(end.stat().st_mode) == 0o640
    assert (tmp_path / "link").is_symlink()
    files.write_atomic(tmp_path / "secret", b"new", mode=0o600)
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["end", "link", "secret"]


def test_a_write_into_what_is_no_file_leaves_it(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "folder").mkdir()
    for name, code in (
        ("loop", "file.symlink-loop"),
        ("fifo", "file.not-regular"),
        ("folder", "file.is-directory"),
        ("missing/f", "file.missing"),
    ):
        with pytest.raises(ConfigError) as error:
            files.write_atomic(tmp_path / name, b"x")
        assert error.value.code == code, name
    assert (tmp_path / "loop").is_symlink()
    assert stat.S_ISFIFO((tmp_path / "fifo").stat().st_mode)
    assert not list(tmp_path.rglob("*.tmp"))


def test_nothing_is_readable_by_others_before_it_has_its_mode(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    modes = []
    real = os.fsync

    def spy(descriptor: int) -> None:
        modes.extend(stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob(".*tmp"))
        real(descriptor)

    old_umask = os.umask(0)
    try:
        made = files.os.open
        monkeypatch.setattr(files.os, "open", lambda *a, **k: (modes.append(a[2]), made(*a, **k))[1])
        monkeypatch.setattr(files.os, "fsync", spy)
        files.stage(tmp_path / "secret", b"x", mode=0o600, tag="t")
    finally:
        os.umask(old_umask)
    assert set(modes) == {0o600}


def test_a_full_device_is_not_the_users_configuration() -> None:
    # /dev/full answers ENOSPC; the real full disk is in test_journal.
    error = files.cannot("write", "file", Path("/dev/full/x/y"), OSError(28, "No space left on device"))
    assert isinstance(error, NotReadyError)
    assert (error.code, error.hint) == ("disk.full", "free some space: df -h /dev/full")


def test_unreadable_and_read_only_files_of_a_user(user_project: Path, user_env: dict[str, str]) -> None:
    for name, bits in (("unreadable", 0), ("readonly", 0o444)):
        (user_project / name).write_bytes(b"old")
        (user_project / name).chmod(bits)
    closed = user_project / "closed"
    closed.mkdir()
    (closed / "f").write_bytes(b"old")
    give(user_project)
    closed.chmod(0)
    code = """
import sys
from pathlib import Path
from livekit_migrate.core import files
from livekit_migrate.core.errors import LkmError
root = Path(sys.argv[1])
for work in (
    lambda: files.read_text(root / "unreadable"),
    lambda: files.write_atomic(root / "readonly", b"new"),
    lambda: files.read_text(root / "closed/f"),
    lambda: files.write_atomic(root / "closed/f", b"new"),
    lambda: files.private_directory(root / "closed/x"),
):
    try:
        work()
        print("went through")
    except LkmError as error:
        print(error.code, error.message.replace(str(root), ""))
"""
    ran = unprivileged_python(code, str(user_project), cwd=user_project, env=user_env)
    assert ran.out.splitlines() == [
        "file.permission /unreadable: cannot read the file: permission denied",
        "file.permission /readonly: cannot write the file: the file is read-only",
        "file.permission /closed/f: cannot read the file: permission denied",
        "file.permission /closed/f: cannot find the file: permission denied",
        "file.permission /closed/x: cannot create the folder: permission denied",
    ], ran.err
    assert (user_project / "readonly").read_bytes() == b"old"


def test_private_folders_are_private_all_the_way(tmp_path: Path) -> None:
    files.private_directory(tmp_path / "a/b/c")
    for name in ("a", "a/b", "a/b/c"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o700
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot create the folder"):
        files.private_directory(tmp_path / "file")


def test_read_only_trees_are_removed_and_links_not_followed(
    user_project: Path, user_env: dict[str, str]
) -> None:
    tree = user_project / "tree"
    (tree / "mod/deep").mkdir(parents=True)
    (tree / "mod/deep/file").write_bytes(b"")
    (user_project / "keep").mkdir()
    (user_project / "keep/file").write_bytes(b"")
    (tree / "link").symlink_to("../keep")
    give(user_project)
    for folder in (tree / "mod/deep", tree / "mod", tree):
        folder.chmod(0o555)
    (tree / "mod/deep").chmod(0)
    ran = unprivileged_python(
        "import sys; from pathlib import Path; from livekit_migrate.core.files import remove_tree\n"
        "remove_tree(Path(sys.argv[1]))",
        str(tree),
        cwd=user_project,
        env=user_env,
    )
    assert (ran.code, ran.err) == (0, "")
    assert not tree.exists()
    assert (user_project / "keep/file").exists()
