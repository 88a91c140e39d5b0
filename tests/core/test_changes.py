"""The diff of a ChangeSet: what git understands, and what hides secrets."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from livekit_migrate.core.changes import ChangeSet, change
from livekit_migrate.core.errors import ConfigError
from livekit_migrate.core.secret import Secret
from tests.conftest import ROOT, need

CANARY = "canary-Zq3-secret-value-0123456789"


def changeset(root: Path, *changes: object) -> ChangeSet:
    return ChangeSet("lkm test", root, changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"a\nb\nc\n", b"a\nB\nc\n"),
        (b"a\r\nb\r\n", b"a\r\nB\r\n"),
        (b"\xef\xbb\xbfa\nb", b"\xef\xbb\xbfa\nb\n"),
        (b"a\nb\n", b"a\nb"),
        (None, b"new\nfile"),
        (b"gone\n", None),
        (b"", b"x\n"),
        (b"form\x0cfeed\nline\xe2\x80\xa8separator\n", b"form\x0cfeed\nline\xe2\x80\xa8separator\nmore\n"),
        (b"\n".join(b"%d" % n for n in range(60)), b"\n".join(b"%d" % (n + n // 29) for n in range(60))),
        (b"h\ni\nj\nX\nq\nr\ns\nold\nq\nr\ns\nt\nu\nv\n", b"h\ni\nj\nq\nr\ns\nt\nu\nv\n"),
        (b"x" * 70_000 + b"\n", b"y\n" + b"x" * 70_000),
    ],
)
def test_git_applies_the_diff(tmp_path: Path, before: bytes | None, after: bytes | None) -> None:
    if not shutil.which("git"):
        need("git", "no git to apply the diff with")
    file = tmp_path / "sub" / "file with blank.txt"
    file.parent.mkdir()
    if before is not None:
        file.write_bytes(before)
    diff = changeset(tmp_path, change(file, after)).diff()
    done = subprocess.run(
        ["git", "apply", "--whitespace=nowarn", "-"],
        cwd=tmp_path,
        input=diff.encode(),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, (done.stderr, diff)
    assert (file.read_bytes() if file.exists() else None) == after


def test_git_reads_the_modes(tmp_path: Path) -> None:
    if not shutil.which("git"):
        need("git", "no git to apply the diff with")
    script = tmp_path / "run.sh"
    script.write_bytes(b"#!/bin/sh\n")
    script.chmod(0o644)
    diff = changeset(tmp_path, change(script, b"#!/bin/sh\n", mode=0o755)).diff()
    assert "old mode 100644\nnew mode 100755\n" in diff
    subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=diff.encode(), check=True)
    assert script.stat().st_mode & 0o777 == 0o755


def test_a_diff_of_binary_files_shows_no_bytes(tmp_path: Path) -> None:
    file = tmp_path / "logo.png"
    file.write_bytes(b"\x89PNG\0")
    diff = changeset(tmp_path, change(file, b"\x89PNG\0\xff\xff")).diff()
    assert "Binary file logo.png differs: 5 bytes → 7 bytes" in diff
    assert "PNG\0" not in diff


def test_values_of_secret_files_are_hidden_names_are_not(tmp_path: Path) -> None:
    env = tmp_path / ".env"
    env.write_text(
        f"# keys of nobody\nLIVEKIT_URL=ws://old\n# OLD_KEY={CANARY}-comment\n"
        f"export API='{CANARY}-quoted'\nMULTI=\"first {CANARY}-one\nsecond={CANARY}-two\n{CANARY}-three\"\n"
        f"{CANARY}-bare\nEMPTY=\nLAST={CANARY}-old"
    )
    after = env.read_bytes().replace(b"-old", b"-new").replace(b"-quoted", b"-other") + b"\n"
    diff = changeset(tmp_path, change(env, after, secret=True)).diff()
    assert CANARY not in diff
    assert "second" not in diff  # inside a quoted value nothing is a name
    assert "first" not in diff
    for kept in (" # keys of nobody\n", "-LAST=", "+LAST=", "+export API=", " EMPTY=\n", " LIVEKIT_URL="):
        assert kept in diff
    assert diff.count("LAST=") == 2, "a changed value shows as a changed line"


def test_secret_yaml_and_json_are_hidden_too(tmp_path: Path) -> None:
    for name, text in {
        "keys.yaml": f"keys:\n  APIabc: {CANARY}\nlist:\n  - {CANARY}\n",
        "keys.json": f'{{\n  "secret": "{CANARY}"\n}}\n',
    }.items():
        diff = changeset(tmp_path, change(tmp_path / name, text.encode(), secret=True)).diff()
        assert CANARY not in diff
        assert "new file mode 100644" in diff


def test_a_known_secret_is_hidden_in_any_file(tmp_path: Path) -> None:
    secret = Secret("known-Zq8-" + "k" * 30)
    diff = changeset(tmp_path, change(tmp_path / "notes.txt", f"it is {secret.reveal()}\n".encode())).diff()
    assert secret.reveal() not in diff
    assert "+it is ••••••" in diff


def test_nothing_to_do_is_empty(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"same")
    file.chmod(0o600)
    nothing = changeset(
        tmp_path, change(file, b"same"), change(file, b"same", mode=0o600), change(tmp_path / "b", None)
    )
    assert nothing.empty
    assert nothing.diff() == ""
    assert nothing.files == ()
    assert not changeset(tmp_path, change(file, b"same", mode=0o644)).empty


def test_long_lines_and_long_files_take_no_time(tmp_path: Path) -> None:
    # Both took minutes once: a pattern that tries every start, a matcher that compares all with all.
    minified, repetitive = tmp_path / "app.min.js", tmp_path / "lines.txt"
    minified.write_bytes(b"x" * 300_000 + b"A" * 300_000 + b"TOKEN: " + b"a1" * 100_000 + b" b\n")
    repetitive.write_bytes(b"}\n" * 20_000 + b"old\n" + b"}\n" * 20_000)
    code = (
        "import sys; from pathlib import Path; from livekit_migrate.core.changes import ChangeSet, change\n"
        "root = Path(sys.argv[1])\n"
        "edit = lambda name, *pair: change(root / name, (root / name).read_bytes().replace(*pair))\n"
        "edits = edit('app.min.js', b' b', b' c'), edit('lines.txt', b'old', b'new')\n"
        "print(ChangeSet('t', root, edits).diff())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, capture_output=True, timeout=120, check=True
    )
    assert b"-old\n+new\n" in done.stdout


def test_names_are_relative_and_changesets_add_up(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    one = changeset(root, change(root / "x" / "y", b"1"))
    both = one + changeset(root, change(tmp_path / "outside", b"2"))
    assert both.files == ("x/y", str(tmp_path / "outside"))
    assert both.title == one.title


def test_what_is_no_file_cannot_be_changed(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is a directory") as error:
        change(tmp_path, b"x")
    assert error.value.code == "file.is-directory"
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(ConfigError) as error:
        change(tmp_path / "loop", b"x")
    assert error.value.code == "file.symlink-loop"


def test_deleting_a_symlink_shows_the_link(tmp_path: Path) -> None:
    (tmp_path / "target").write_text("stays\n")
    (tmp_path / "link").symlink_to("target")
    diff = changeset(tmp_path, change(tmp_path / "link", None)).diff()
    assert "deleted file mode 120000" in diff
    assert "-target" in diff
    assert "stays" not in diff
