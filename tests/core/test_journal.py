"""ChangeSets carried out, remembered, taken back: byte for byte, or not at all."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from livekit_migrate.core import entries, journal
from livekit_migrate.core.changes import ChangeSet, FileChange, change
from livekit_migrate.core.errors import ConfigError, LkmError, NotReadyError
from livekit_migrate.core.lock import held
from livekit_migrate.core.paths import state_dir
from tests.conftest import ROOT, Lkm, Ran, need
from tests.unprivileged import give, unprivileged_python

CANARY = "canary-Jk7-secret-value-0123456789abcdef"


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LKM_STATE_DIR", str(tmp_path / "state"))


def apply(root: Path, *changes: FileChange, title: str = "lkm test") -> journal.Applied:
    return journal.apply(ChangeSet(title, root, changes))


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def tree(root: Path) -> dict[str, bytes | None]:
    return {
        str(path.relative_to(root)): path.read_bytes() if path.is_file() else None
        for path in root.rglob("*")
        if ".lkm" not in path.parts
    }


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no final newline",
        b"crlf\r\nmixed\n",
        b"\xef\xbb\xbfbom\n",
        b"\0\xff\xfe binary",
        "ünï\n".encode(),
    ],
)
def test_undo_restores_every_byte_and_the_mode(project: Path, content: bytes) -> None:
    file = project / "file"
    file.write_bytes(content)
    file.chmod(0o640)
    apply(project, change(file, b"changed", mode=0o600))
    assert (file.read_bytes(), mode(file)) == (b"changed", 0o600)
    journal.undo(project)
    assert (file.read_bytes(), mode(file)) == (content, 0o640)


def test_undo_deletes_what_was_made_with_its_folders_and_restores_what_was_deleted(project: Path) -> None:
    (project / "gone").write_bytes(b"back")
    (project / "gone").chmod(0o755)
    before = tree(project)
    apply(project, change(project / "a/b/c/new", b"1"), change(project / "gone", None))
    assert (project / "a/b/c/new").read_bytes() == b"1"
    assert not (project / "gone").exists()
    journal.undo(project)
    assert tree(project) == before
    assert mode(project / "gone") == 0o755


def test_undo_leaves_folders_in_which_others_put_files(project: Path) -> None:
    apply(project, change(project / "a/b/new", b"1"))
    (project / "a/other").write_bytes(b"mine")
    journal.undo(project)
    assert tree(project) == {"lkm.toml": b"", "a": None, "a/other": b"mine"}


def test_a_symlink_stays_one_and_its_end_changes(project: Path, tmp_path: Path) -> None:
    shared = tmp_path / "shared.env"
    shared.write_bytes(b"A=1\n")
    (project / "middle").symlink_to(shared)
    (project / ".env").symlink_to("middle")
    (project / "dangling").symlink_to("made")
    apply(project, change(project / ".env", b"A=2\n"), change(project / "dangling", b"x"))
    assert shared.read_bytes() == b"A=2\n"
    assert (project / "made").read_bytes() == b"x"
    assert (project / ".env").readlink() == Path("middle")
    journal.undo(project)
    assert shared.read_bytes() == b"A=1\n"
    assert not (project / "made").exists()
    assert (project / "dangling").is_symlink()
    assert (project / ".env").readlink() == Path("middle")


def test_deleting_a_symlink_leaves_what_it_points_to(project: Path) -> None:
    (project / "target").write_bytes(b"stays")
    (project / "link").symlink_to("target")
    apply(project, change(project / "link", None))
    assert not (project / "link").is_symlink()
    assert (project / "target").read_bytes() == b"stays"
    journal.undo(project)
    assert (project / "link").readlink() == Path("target")


def test_undo_twice_takes_back_the_one_before_then_there_is_nothing(project: Path) -> None:
    file = project / "f"
    for content in (b"1", b"2"):
        apply(project, change(file, content))
    journal.undo(project)
    assert file.read_bytes() == b"1"
    journal.undo(project)
    assert not file.exists()
    with pytest.raises(LkmError, match="nothing to undo") as error:
        journal.undo(project)
    assert error.value.code == "undo.nothing"
    assert [past.undone_at is not None for past in journal.history(project)] == [True, True]


def test_a_change_after_an_undo_is_the_latest(project: Path) -> None:
    file = project / "f"
    apply(project, change(file, b"1"))
    apply(project, change(file, b"2"))
    journal.undo(project)
    apply(project, change(file, b"3"))
    journal.undo(project)
    assert file.read_bytes() == b"1"
    journal.undo(project)
    assert not file.exists()


def test_undo_to_takes_back_that_one_and_all_after_it(project: Path) -> None:
    one, two = project / "one", project / "two"
    ids = [apply(project, change(one, b"%d" % n), change(two, b"%d" % (n // 2))).id for n in range(4)]
    assert ids == sorted(ids)
    plan = journal.undo(project, ids[1])
    assert [entry.id for entry in plan.undoes] == ids[:0:-1]
    assert (one.read_bytes(), two.read_bytes()) == (b"0", b"0")
    assert [past.id for past in journal.history(project) if past.undone_at is None] == ids[:1]
    with pytest.raises(LkmError, match="taken back already"):
        journal.undo(project, ids[2])
    journal.undo(project, ids[0])
    assert not one.exists()


def test_an_end_of_an_id_will_do_when_it_names_one(project: Path) -> None:
    ids = [apply(project, change(project / "f", b"%d" % n)).id for n in range(2)]
    with pytest.raises(LkmError, match="more than one"):
        journal.plan_undo(project, "20")
    with pytest.raises(LkmError, match="no such change") as error:
        journal.plan_undo(project, "zzz")
    assert error.value.hint == "lkm undo --list"
    assert journal.plan_undo(project, ids[0][-7:]).undoes[-1].id == ids[0]
    with pytest.raises(LkmError):
        journal.plan_undo(project, "")


def test_one_file_changed_since_and_nothing_is_taken_back(project: Path) -> None:
    files = [project / name for name in ("a", "b", "c", "d")]
    apply(project, *(change(file, b"lkm\n") for file in files))
    (project / "a").write_bytes(b"user\n")
    (project / "b").unlink()
    (project / "c").unlink()
    (project / "c").mkdir()
    before = tree(project)
    with pytest.raises(journal.ChangedSinceError) as error:
        journal.undo(project)
    assert tree(project) == before
    assert {conflict.file for conflict in error.value.conflicts} == {"a", "b", "c"}
    compare = next(c.compare for c in error.value.conflicts if c.file == "a")
    shown = subprocess.run(compare, shell=True, cwd=project, capture_output=True, text=True, check=False)
    assert "< lkm" in shown.stdout
    assert "> user" in shown.stdout


def test_an_edit_between_two_changes_stops_undo_to_but_not_the_first_undo(project: Path) -> None:
    file = project / "f"
    first = apply(project, change(file, b"1")).id
    file.write_bytes(b"by hand")
    apply(project, change(file, b"2"))
    with pytest.raises(journal.ChangedSinceError):
        journal.undo(project, first)
    assert file.read_bytes() == b"2"
    journal.undo(project)
    assert file.read_bytes() == b"by hand"


def test_a_file_that_came_back_is_not_overwritten(project: Path) -> None:
    file = project / "f"
    file.write_bytes(b"old")
    apply(project, change(file, None))
    file.write_bytes(b"new of the user")
    with pytest.raises(journal.ChangedSinceError, match="nothing was taken back"):
        journal.undo(project)
    assert file.read_bytes() == b"new of the user"


def test_a_mode_that_the_user_set_since_stays(project: Path) -> None:
    file = project / ".env"
    file.write_bytes(b"old")
    file.chmod(0o644)
    apply(project, change(file, b"new"))
    file.chmod(0o600)
    journal.undo(project)
    assert (file.read_bytes(), mode(file)) == (b"old", 0o600)


def test_a_file_that_changed_since_the_plan_stops_everything(project: Path) -> None:
    (project / "a").write_bytes(b"1")
    (project / "b").write_bytes(b"1")
    planned = (change(project / "a", b"2"), change(project / "b", b"2"), change(project / "c", b"2"))
    (project / "b").write_bytes(b"other")
    before = tree(project)
    with pytest.raises(ConfigError, match=r"^b: was changed") as error:
        apply(project, *planned)
    assert error.value.code == "changes.stale"
    assert tree(project) == before
    assert journal.history(project) == []


def test_an_edit_while_the_new_files_are_built_stops_everything(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from livekit_migrate.core import transaction

    (project / "a").write_bytes(b"1")
    (project / "b").write_bytes(b"1")
    real = transaction._stage

    def stage_and_edit(target: Path, *rest: object) -> None:
        real(target, *rest)  # type: ignore[arg-type]
        (project / "b").write_bytes(b"edited")

    monkeypatch.setattr(transaction, "_stage", stage_and_edit)
    with pytest.raises(ConfigError, match=r"^b: was changed"):
        apply(project, change(project / "a", b"2"), change(project / "b", b"2"))
    assert tree(project) == {"lkm.toml": b"", "a": b"1", "b": b"edited"}


def test_two_names_of_one_file_are_refused(project: Path) -> None:
    (project / "a").write_bytes(b"1")
    (project / "b").symlink_to("a")
    with pytest.raises(ConfigError, match="b and a: the same file"):
        apply(project, change(project / "a", b"2"), change(project / "b", b"3"))
    assert (project / "a").read_bytes() == b"1"


@pytest.mark.parametrize("kind", ["directory", "fifo", "file as folder"])
def test_what_cannot_be_replaced_is_refused_before_anything_is_written(project: Path, kind: str) -> None:
    odd = project / "odd"
    target = odd
    if kind == "directory":
        odd.mkdir()
    elif kind == "fifo":
        os.mkfifo(odd)
    else:
        odd.write_bytes(b"")
        target = odd / "inside"
    with pytest.raises(ConfigError, match="odd"):
        apply(project, change(project / "first", b"1"), FileChange(target, None, b"2"))
    assert not (project / "first").exists()


def test_empty_changes_leave_no_trace(project: Path) -> None:
    (project / "same").write_bytes(b"1")
    applied = apply(project, change(project / "same", b"1"))
    assert applied == journal.Applied("", ())
    assert not (project / ".lkm").exists()


def test_long_names_in_one_folder_do_not_get_in_each_others_way(project: Path) -> None:
    names = ["é" * 120 + str(n) for n in range(3)]  # 241 bytes each, alike at the beginning
    apply(project, *(change(project / name, name[-1].encode()) for name in names))
    assert [(project / name).read_bytes() for name in names] == [b"0", b"1", b"2"]


# ---- secrets


def secret_change(project: Path) -> journal.Applied:
    env = project / ".env"
    if not env.exists():
        env.write_text(f"LIVEKIT_API_SECRET={CANARY}-old\n")
    return apply(
        project,
        change(env, f"LIVEKIT_API_SECRET={CANARY}-new\n".encode(), mode=0o600, secret=True),
        change(project / "plain.txt", b"plain"),
    )


def test_copies_of_secret_files_lie_outside_the_project_for_the_owner_only(project: Path) -> None:
    secret_change(project)
    inside = [path for path in project.rglob("*") if path.is_file() and path != project / ".env"]
    assert len(inside) > 5
    assert not [path for path in inside if CANARY.encode() in path.read_bytes()]
    copies = [
        path for path in state_dir().rglob("*") if path.is_file() and CANARY.encode() in path.read_bytes()
    ]
    assert len(copies) == 2
    assert all(mode(path) == 0o600 for path in copies)
    assert mode(state_dir() / "undo") == 0o700
    assert mode(project / ".lkm") == 0o700


def test_the_plan_says_nothing_of_a_secrets_content(project: Path) -> None:
    # Not even a hash: a short secret would be found by trying.
    applied = secret_change(project)
    plan = json.loads((project / ".lkm/journal" / applied.id / "plan.json").read_text())
    assert plan["items"][0]["secret"]
    assert set(plan["items"][0]["old"]) == {"kind", "mode"}
    assert set(plan["items"][1]["new"]) == {"kind", "mode", "sha256"}


def test_secret_files_come_back(project: Path) -> None:
    secret_change(project)
    plan = journal.undo(project)
    assert (project / ".env").read_text() == f"LIVEKIT_API_SECRET={CANARY}-old\n"
    assert CANARY not in plan.changes.diff()


def test_a_pruned_copy_is_said_and_nothing_is_taken_back(project: Path) -> None:
    secret_change(project)
    shutil.rmtree(next((state_dir() / "undo").glob("*/2*")))
    before = tree(project)
    with pytest.raises(ConfigError, match=r"\.env: its copy .* cannot be read") as error:
        journal.undo(project)
    assert "30 days" in error.value.detail
    assert tree(project) == before


def test_only_the_last_twenty_changes_are_kept(project: Path) -> None:
    ids = []
    for number in range(23):
        text = f"LIVEKIT_API_SECRET={CANARY}-{number}\n".encode()
        ids.append(apply(project, change(project / ".env", text, secret=True)).id)
    assert [past.id for past in journal.history(project)] == ids[:2:-1]
    assert len(list((state_dir() / "undo").glob("*/2*"))) == 20
    assert len(list((project / ".lkm/journal").iterdir())) == 20
    journal.undo(project, ids[3])
    assert (project / ".env").read_text() == f"LIVEKIT_API_SECRET={CANARY}-2\n"
    assert all(past.undone_at is not None for past in journal.history(project)), "none comes back to life"


def test_after_thirty_days_they_go(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret_change(project)
    real = time.time
    monkeypatch.setattr(entries.time, "time", lambda: real() + 31 * 86400)
    apply(project, change(project / "other", b"1"))
    assert len(journal.history(project)) == 1
    assert not list((state_dir() / "undo").glob("*/2*"))


def test_secrets_of_a_project_that_is_gone_go_with_the_next_change_elsewhere(project: Path) -> None:
    secret_change(project)
    other = project.parent / "other"
    other.mkdir()
    shutil.rmtree(project)
    assert list((state_dir() / "undo").glob("*/2*"))
    apply(other, change(other / "f", b"1"))
    assert not list((state_dir() / "undo").glob("*/2*"))


# ---- what a cloned repository may bring along


def open_journal(project: Path, target: Path) -> str:
    """A journal as a killed change leaves it, with the target outside of the project."""
    applied = apply(project, change(target, b"before"))
    (project / ".lkm/journal/open").write_text(applied.id)
    (project / ".lkm/journal" / applied.id / "done").unlink()
    return applied.id


@pytest.mark.parametrize("forge", ["other user", "plan", "no signature"])
def test_a_journal_that_somebody_else_wrote_is_never_carried_out(
    project: Path, tmp_path: Path, lkm: Lkm, clean_env: dict[str, str], forge: str
) -> None:
    victim = tmp_path / "victim"
    ident = open_journal(project, victim)
    folder = project / ".lkm/journal" / ident
    if forge == "other user":
        (state_dir() / "undo/key").write_bytes(b"x" * 32)
    elif forge == "plan":
        (folder / "plan.json").write_text((folder / "plan.json").read_text().replace("victim", "Victim"))
    else:
        (folder / "plan.mac").unlink()
    (line,) = journal.recover(project)
    assert line.startswith(
        ".lkm/journal: an unfinished change is noted there, but not by this user on this machine; "
        "nothing was done about it"
    )
    assert victim.read_bytes() == b"before"
    assert journal.recover(project) == [], "said once"
    assert journal.history(project) == []


def test_links_in_a_strange_state_folder_are_not_followed(project: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (project / ".lkm").mkdir()
    (project / ".lkm/locks").symlink_to(elsewhere)
    with pytest.raises(ConfigError, match="is a symlink"):
        apply(project, change(project / "f", b"1"))
    (project / ".lkm/locks").unlink()
    (project / ".lkm/locks").mkdir()
    precious = tmp_path / "precious"
    precious.write_text("precious")
    (project / ".lkm/locks/changes.lock").symlink_to(precious)
    with pytest.raises(LkmError):
        apply(project, change(project / "f", b"1"))
    assert precious.read_text() == "precious"
    assert list(elsewhere.iterdir()) == []


# ---- an open journal and somebody's edits


def test_recovery_leaves_what_somebody_changed_since_and_names_it(project: Path) -> None:
    (project / "a").write_bytes(b"old a")
    (project / "b").write_bytes(b"old b")
    applied = apply(project, change(project / "a", b"new a"), change(project / "b", b"new b"))
    folder = project / ".lkm/journal" / applied.id
    (project / ".lkm/journal/open").write_text(applied.id)
    (folder / "done").unlink()
    (project / "b").write_bytes(b"edited")
    lines = journal.recover(project)
    assert "was taken back: a" in lines[0]
    assert "left alone what somebody changed since: b" in lines[1]
    assert f".lkm/journal/{applied.id}" in lines[1]
    assert tree(project) == {"lkm.toml": b"", "a": b"old a", "b": b"edited"}
    apply(project, change(project / "c", b"1"))
    assert (folder / "1.old").read_bytes() == b"old b", "the copy it names stays there"


def test_a_moved_project_keeps_its_history(project: Path) -> None:
    (project / "a").write_bytes(b"old")
    apply(project, change(project / "a", b"new"))
    moved = project.with_name("moved")
    project.rename(moved)
    journal.undo(moved)
    assert (moved / "a").read_bytes() == b"old"


# ---- two at once


def test_the_second_waits_for_the_first(project: Path) -> None:
    waited: list[object] = []
    waiting = threading.Event()

    def tell(who: object) -> None:
        waited.append(who)
        waiting.set()

    def second() -> None:
        journal.apply(
            ChangeSet("lkm second", project, (change(project / "f", b"2"),)), wait=120, on_wait=tell
        )

    thread = threading.Thread(target=second)
    with held(project / ".lkm/locks/changes.lock", "lkm first"):
        thread.start()
        assert waiting.wait(60)
        assert not (project / "f").exists()
    thread.join(60)
    assert (project / "f").read_bytes() == b"2"
    assert f"`lkm first` (PID {os.getpid()}, for " in str(waited[0])


def test_who_does_not_wait_is_told_who_holds_it(project: Path) -> None:
    with (
        held(project / ".lkm/locks/changes.lock", "lkm first"),
        pytest.raises(LkmError, match=rf"`lkm first` \(PID {os.getpid()}") as error,
    ):
        journal.apply(ChangeSet("lkm second", project, (change(project / "f", b"2"),)), wait=0)
    assert error.value.code == "lock.held"


def test_recovery_stays_away_from_a_living_lkm(project: Path) -> None:
    ident = open_journal(project, project / "f")
    with held(project / ".lkm/locks/changes.lock", "lkm keys new"):
        assert journal.recover(project) == []
        assert (project / "f").exists()
    assert "complete" in journal.recover(project)[0]
    assert journal.history(project)[0].id == ident


# ---- what the file system refuses


def test_permissions_are_respected_and_nothing_is_half_written(
    user_project: Path, user_env: dict[str, str]
) -> None:
    locked = user_project / "locked"
    locked.mkdir()
    for name in ("a", "readonly", "unreadable", "locked/f"):
        (user_project / name).write_bytes(b"old")
    give(user_project)
    (user_project / "readonly").chmod(0o444)
    (user_project / "unreadable").chmod(0)
    locked.chmod(0o555)
    code = """
import sys
from pathlib import Path
from livekit_migrate.core import journal
from livekit_migrate.core.changes import ChangeSet, FileChange, change
from livekit_migrate.core.errors import LkmError
root, name = Path(sys.argv[1]), sys.argv[2]
after = None if sys.argv[3] == "delete" else b"new"
try:
    journal.apply(ChangeSet("t", root, (change(root / "a", b"new"), change(root / name, after))))
except LkmError as error:
    print(error.code, error.exit_code, error.message, error.hint)
"""

    def tried(name: str, how: str = "write") -> Ran:
        return unprivileged_python(code, str(user_project), name, how, cwd=user_project, env=user_env)

    cases = {
        ("readonly", "write"): "cannot write the file: the file is read-only",
        ("readonly", "delete"): "cannot delete the file: the file is read-only",
        ("unreadable", "write"): "cannot read the file: permission denied",
        ("locked/f", "write"): "cannot write the file: permission denied",
        ("locked/f", "delete"): "cannot write the file: permission denied",
        ("locked/new", "write"): "cannot write the file: permission denied",
        ("locked/sub/new", "write"): "cannot create the folder: permission denied",
    }
    for (name, how), said in cases.items():
        ran = tried(name, how)
        assert ran.out.startswith("file.permission 4 "), (name, how, ran)
        assert said in ran.out, (name, how, ran)
        assert "ls -ld" in ran.out
        assert (user_project / "a").read_bytes() == b"old", (name, how)
        assert not list(user_project.rglob("*.tmp"))
        assert not (user_project / ".lkm/journal/open").exists()
    assert (user_project / "locked/f").read_bytes() == b"old"


def test_a_full_disk_leaves_everything_and_then_it_works(tmp_path: Path, clean_env: dict[str, str]) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if os.getuid() != 0 or not shutil.which("unshare"):
        need("mount", "a small disk is made in a mount namespace, by root")
    code = """
import os, sys
from pathlib import Path
from livekit_migrate.core import journal
from livekit_migrate.core.changes import ChangeSet, change
from livekit_migrate.core.errors import LkmError
root = Path(sys.argv[1])
def snapshot():
    files = [p for p in root.rglob("*") if p.is_file() and ".lkm" not in p.parts and p.name != "ballast"]
    return {str(p): p.read_bytes() for p in files}
for name in "abc":
    (root / name).write_bytes(name.encode() * 100_000)
edits = [change(root / n, n.upper().encode() * 100_000) for n in "abc"]
plan = ChangeSet("lkm test", root, (*edits, change(root / "d" / "e", b"d")))
old = snapshot()
seen = set()
for free in (0, 8, 60, 250, 400, 650, 700, 750, 800):
    with (root / "ballast").open("wb") as ballast:
        try:
            while True:
                os.write(ballast.fileno(), b"x" * 4096)
        except OSError:
            pass
    os.truncate(root / "ballast", max(0, (root / "ballast").stat().st_size - free * 1024))
    try:
        journal.apply(plan)
    except LkmError as error:
        seen.add((error.code, error.exit_code))
        assert snapshot() == old, free
        assert not list(root.rglob("*.tmp")) and not (root / ".lkm/journal/open").exists(), free
        assert "df -h" in error.hint, error.hint
    else:
        raise AssertionError(f"{free} kB were enough")
print(sorted(seen))
(root / "ballast").unlink()
journal.apply(plan)
assert (root / "a").read_bytes() == b"A" * 100_000 and (root / "d/e").exists()
journal.undo(root)
assert snapshot() == old
print("then it works")
"""
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-ec", 'mount -t tmpfs -o size=2200k small "$1"; exec "$2" -c "$3" "$1"',
         "sh", str(disk), sys.executable, code],
        env={**clean_env, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    if "mount:" in done.stderr or "unshare:" in done.stderr:
        need("mount", done.stderr.strip())
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["[('disk.full', 3)]", "then it works"]


def test_an_error_of_the_system_is_told_by_name(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A disk that is full for the new files and for putting the old ones back: only injected can it be shown.
    (project / "a").write_bytes(b"old")

    def full(*_: object, **__: object) -> Path:
        raise NotReadyError("no space", code="disk.full", hint="df")

    from livekit_migrate.core import transaction

    real = transaction._put
    calls = []

    def put(target: Path, *rest: object) -> None:
        calls.append(target)
        if len(calls) == 2:
            monkeypatch.setattr(transaction, "_stage", full)
            raise NotReadyError("no space", code="disk.full", hint="df")
        real(target, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(transaction, "_put", put)
    with pytest.raises(NotReadyError, match="cannot be taken back yet") as error:
        apply(project, change(project / "a", b"new"), change(project / "b", b"new"))
    assert "next lkm command" in error.value.detail
    monkeypatch.undo()
    monkeypatch.setenv("LKM_STATE_DIR", str(project.parent / "state"))
    assert "was taken back: a, b" in journal.recover(project)[0]
    assert tree(project) == {"lkm.toml": b"", "a": b"old"}
