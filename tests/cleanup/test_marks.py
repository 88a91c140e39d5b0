"""Comments at the places that a person decides about: where they stand, how long, and how they go."""

from __future__ import annotations

from pathlib import Path

import pytest

from livekit_migrate.cleanup.marks import plan_marks
from livekit_migrate.cleanup.work import Decision, Work

from .works import text, work_of

CODE = """import { media } from "./media";

// eslint-disable-next-line no-console
console.log(media.socket);

export function Call() {
  useEffect(() => {
    run();
  }, [media.socket]);
  return media.socket;
}
"""
MARKED = """import { media } from "./media";

// LKM-CLEANUP(code.residual): media.socket is still used: why
// eslint-disable-next-line no-console
console.log(media.socket);

export function Call() {
  // LKM-CLEANUP(code.residual): media.socket is still used: why
  useEffect(() => {
    run();
  }, [media.socket]);
  // LKM-CLEANUP(flag.by-hand): it: why
  return media.socket;
}
"""


def say(work: Work, *places: tuple[str, int, str]) -> Work:
    work.decisions = [
        Decision(rule, "refuse", "call.ts", title, "why", line=line, done=False)
        for rule, line, title in places
    ]
    return work


def marked(folder: Path, code: str = CODE) -> Work:
    used = "media.socket is still used"
    places = (("code.residual", 4, used), ("code.residual", 9, used), ("flag.by-hand", 10, "it"))
    return say(work_of(folder, {"call.ts": code}), *places)


@pytest.mark.parametrize("bom", ["", "\ufeff"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_mark_stands_above_the_statement_and_what_is_for_it(tmp_path: Path, newline: str, bom: str) -> None:
    work_of(tmp_path, {"call.ts": ""})
    (tmp_path / "call.ts").write_bytes((bom + CODE.replace("\n", newline)).encode())
    used = "media.socket is still used"
    places = (("code.residual", 4, used), ("code.residual", 9, used), ("flag.by-hand", 10, "it"))
    work = say(work_of(tmp_path, {}), *places)
    plan_marks(work)
    assert text(work, "call.ts") == bom + MARKED.replace("\n", newline)


@pytest.mark.parametrize("add", [True, False])
def test_marks_of_what_the_next_run_cannot_see_stay(tmp_path: Path, add: bool) -> None:
    # Once the flag is folded, nothing tells what was left beside it.
    again = say(work_of(tmp_path, {"call.ts": MARKED}))
    plan_marks(again, add=add)
    assert "call.ts" not in again.after


def test_marks_go_with_what_they_said(tmp_path: Path) -> None:
    code = MARKED.replace("console.log(media.socket)", "console.log(livekit.room)")
    work = say(work_of(tmp_path, {"call.ts": code}))
    plan_marks(work, add=False)
    after = text(work, "call.ts")
    assert after.count("LKM-CLEANUP") == 2
    assert "no-console\nconsole.log(livekit.room);" in after
    needed = "// LKM-CLEANUP(code.needed): keeps a.ts: it uses b\n"
    other = say(work_of(tmp_path / "other", {"call.ts": needed + CODE}))
    plan_marks(other, add=False)
    assert text(other, "call.ts") == CODE, "every run finds those anew, and this one did not"


def test_a_mark_that_is_still_true_is_not_made_twice(tmp_path: Path) -> None:
    needed = "// LKM-CLEANUP(code.needed): keeps a.ts: why\n" + CODE
    for add in (True, False):
        place = ("code.needed", 2, "keeps a.ts")
        work = say(work_of(tmp_path / str(add), {"call.ts": needed}), place)
        plan_marks(work, add=add)
        assert "call.ts" not in work.after


def test_without_the_option_nothing_is_marked(tmp_path: Path) -> None:
    work = marked(tmp_path)
    plan_marks(work, add=False)
    assert "call.ts" not in work.after
