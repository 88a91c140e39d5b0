"""`lkm init` on copies of public repositories: what it brings, what it refuses and why, what it leaves alone.

    .venv/bin/python tools/init_corpus.py MIRRORS CORPUS.json [--only WORD] [--tsc WORD ...] [--work DIR]

MIRRORS holds bare git repositories as ``owner+name/repo`` or ``owner+name``; CORPUS.json lists each
repository's commit. Neither is part of this project, and nothing of them is kept. Each copy is made anew from
the pinned commit; then lkm init runs in it, runs again (nothing may change), and is taken back (every byte
must be as it was). With ``--tsc`` the packages of those repositories are installed, and TypeScript says what
is new among its errors. Results go to stdout as a table in Markdown.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

EXTRA = (
    ("Dropicx/syncoria2", "074bb7d"),
    ("xKrishnaSaxena/Pixelverse", "7138226"),
    ("ThaiThienThuan/gamefinder", "1bdb44a"),
    ("livekit-examples/meet", "6da2b8e"),
    ("betuanminh22032003/webrtc-mediasoup-live-proctoring-nextjs-nestjs", "41fc477"),
)
# What only the user can say, where a repository has several packages that could be it.
SAID = {
    "zacharymetz/ReactNativeWebRTC-MediaSoup": ("--web", "debug-site"),
}
LOCKS = ("pnpm-lock.yaml", "package-lock.json", "yarn.lock", "bun.lock", "bun.lockb")
ERROR = re.compile(r"^(.+?)\(\d+,\d+\): error (TS\d+): (.*)$", re.MULTILINE)


@dataclass
class Row:
    """What came of one repository."""

    name: str
    commit: str
    web: str = "–"
    server: str = "–"
    complete: str = "–"
    supported: bool = False
    new: int = 0
    changed: int = 0
    seconds: float = 0.0
    again: str = "–"
    undone: str = "–"
    outside: str = "–"
    tsc: str = "–"
    refusals: list[str] = field(default_factory=list)


def git_dir(mirrors: Path, name: str) -> Path | None:
    top = mirrors / name.replace("/", "+")
    tops = [top, *(sorted(top.iterdir()) if top.is_dir() else ())]
    return next((each for each in tops if (each / "HEAD").is_file()), None)


def extract(source: Path, commit: str, target: Path) -> bool:
    """The files of a commit, as git has them."""
    done = subprocess.run(["git", f"--git-dir={source}", "archive", commit], capture_output=True, check=False)
    if done.returncode:
        return False
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(target, filter="data")
    return True


def prints(folder: Path) -> dict[str, str]:
    """File → hash of its bytes, what lkm and package managers keep left out."""
    found = {}
    for top, folders, names in os.walk(folder):
        folders[:] = [each for each in folders if each not in (".lkm", "node_modules", ".git", ".next")]
        for name in names:
            path = Path(top, name)
            if not path.is_symlink() and not name.endswith(".tsbuildinfo"):
                found[str(path.relative_to(folder))] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def lkm(folder: Path, *argv: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "livekit_migrate", *argv, "--json"],
        cwd=folder,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


def judge(row: Row, folder: Path) -> dict[str, Any] | None:
    """Run init twice; the document of the first run, None where it was refused as a whole."""
    before = prints(folder)
    started = time.perf_counter()
    first = lkm(folder, "init", ".", "--allow-dirty", *SAID.get(row.name, ()))
    row.seconds = time.perf_counter() - started
    if first["error"]:
        row.complete = "refused"
        row.refusals.append(f"{first['error']['message']} ({first['error']['detail']})")
        row.outside = "none" if prints(folder) == before else "CHANGED"
        return None
    data = first["data"]
    for side in ("web", "server"):
        if data[side]:
            setattr(row, side, data[side]["framework"] + ("" if data[side]["supported"] else " ✗"))
            row.supported |= data[side]["supported"]
    after = prints(folder)
    touched = {name for name in after if after[name] != before.get(name)} | (set(before) - set(after))
    row.new = len(set(after) - set(before))
    row.changed = len(touched & set(before))
    named = {os.path.normpath(name) for name in data["files"]}
    row.outside = "none" if {os.path.normpath(name) for name in touched} == named else "CHANGED"
    failed = [each for each in first["findings"] if each["status"] == "fail"]
    row.refusals += [
        f"{each['title']}: {each['detail']}" + (f" ({each['location']['file']})" if each["location"] else "")
        for each in failed
    ]
    row.complete = "yes" if not failed else "in part"
    second = lkm(folder, "init", ".", "--allow-dirty")
    row.again = "nothing" if not second["error"] and not second["data"]["files"] else "CHANGES"
    return first


def undo(row: Row, folder: Path, before: dict[str, str]) -> None:
    lkm(folder, "undo")
    row.undone = "identical" if prints(folder) == before else "DIFFERS"


def pinned(folder: Path) -> None:
    """Ask for versions of Mediasoup that the machine's registry and Node have, for `--tsc` only."""
    for path in sorted(folder.rglob("package.json")):
        if "node_modules" not in path.parts:
            text = path.read_text(encoding="utf-8")
            for name, version in (("mediasoup", "3.19.3"), ("mediasoup-client", "3.18.7")):
                text = re.sub(rf'("{name}":\s*)"[\^~]?3[^"]*"', rf'\1"{version}"', text)
            path.write_text(text, encoding="utf-8")


def install(folder: Path, manager: str) -> bool:
    """Install all packages; lockfiles are put aside for it and are as before afterwards."""
    locks = {path: path.read_bytes() for path in _locks(folder)}
    for path in locks:
        path.unlink()
    try:
        return _install(folder, manager)
    finally:
        for path in _locks(folder):
            path.unlink()
        for path, raw in locks.items():
            path.write_bytes(raw)


def _locks(folder: Path) -> list[Path]:
    return [p for p in folder.rglob("*lock*") if p.name in LOCKS and "node_modules" not in p.parts]


def _install(folder: Path, manager: str) -> bool:
    argv = {
        "pnpm": ["npx", "--yes", "pnpm@9", "install", "--ignore-scripts", "--no-frozen-lockfile", "--silent"],
    }.get(manager, ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--legacy-peer-deps"])
    where = [folder] if (folder / "package.json").is_file() else []
    where += [p.parent for p in sorted(folder.glob("*/package.json"))] if not where else []
    return all(
        subprocess.run(["nice", "-n", "10", *argv], cwd=each, capture_output=True, check=False).returncode
        == 0
        for each in where
    )


def compile_all(folder: Path) -> tuple[Counter[str], int]:
    """The errors of every package that has a tsconfig.json, without their lines; how many were compiled."""
    found: Counter[str] = Counter()
    compiled = 0
    # A package that another program runs as it is (bun) may have none of its own.
    any_tsc = next(iter(sorted(folder.glob("*/node_modules/.bin/tsc"))), None)
    for config in sorted(folder.rglob("tsconfig.json")):
        if "node_modules" in config.parts:
            continue
        here = config.parent
        tsc = next(
            (
                top / "node_modules/.bin/tsc"
                for top in (here, *here.parents)
                if (top / "node_modules/.bin/tsc").exists()
            ),
            any_tsc,
        )
        if tsc is None:
            continue
        compiled += 1
        text = config.read_text(encoding="utf-8", errors="replace")
        target = config.with_name("tsconfig.app.json") if '"references"' in text else config
        if not target.is_file():
            target = config
        done = subprocess.run(
            ["nice", "-n", "10", str(tsc), "--noEmit", "-p", str(target)],
            cwd=here,
            capture_output=True,
            text=True,
            check=False,
        )
        found.update(
            f"{os.path.relpath(here / file, folder)} {code} {said}"
            for file, code, said in ERROR.findall(done.stdout)
        )
    return found, compiled


def run(row: Row, source: Path, work: Path, *, tsc: bool) -> None:
    folder = work / row.name.replace("/", "+")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if not extract(source, row.commit, folder):
        row.refusals.append("the commit is not in the mirror")
        return
    before = prints(folder)
    baseline = None
    if tsc:
        pinned(folder)
        manager = "pnpm" if (folder / "pnpm-lock.yaml").exists() else "npm"
        if install(folder, manager):
            baseline, _ = compile_all(folder)
            before = prints(folder)
        else:
            row.tsc = "its packages cannot be installed"
    if judge(row, folder) is None:
        return
    if baseline is not None:
        if install(folder, manager):
            after, compiled = compile_all(folder)
            new = after - baseline
            row.tsc = f"{new.total()} new, {baseline.total()} before ({compiled} compiled)"
            row.refusals += [f"tsc: {each}" for each in new]
        else:
            row.tsc = "its packages cannot be installed after init"
    undo(row, folder, before)


def table(rows: list[Row]) -> str:
    heads = ["repository", "web", "server", "complete", "new", "changed", "seconds"]
    heads += ["others", "again", "undo", "tsc"]
    lines = ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    for row in rows:
        cells: list[object] = [f"{row.name}@{row.commit[:7]}", row.web, row.server, row.complete, row.new]
        cells += [row.changed, f"{row.seconds:.1f}", row.outside, row.again, row.undone, row.tsc]
        lines += ["| " + " | ".join(map(str, cells)) + " |"]
    lines += ["", "Left to the user, and why:", ""]
    for row in rows:
        lines += [f"- {row.name}: {why}" for why in row.refusals]
    done = [row for row in rows if row.supported]
    full = sum(row.complete == "yes" for row in done)
    lines += [
        "",
        f"Complete in {full} of {len(done)} repositories with a supported framework; {len(rows)} in all.",
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("mirrors", type=Path)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--only", default="", help="repositories whose name has this word")
    parser.add_argument(
        "--tsc", nargs="*", default=[], help="install and compile those whose name has one of these"
    )
    parser.add_argument("--work", type=Path, help="where the copies are made; default: a temporary folder")
    options = parser.parse_args()
    listed = [
        (each["repo"], each["commit"]) for each in json.loads(options.corpus.read_text())["repositories"]
    ]
    rows = []
    with tempfile.TemporaryDirectory() as temporary:
        work = options.work or Path(temporary)
        for name, commit in (*EXTRA, *listed):
            source = git_dir(options.mirrors, name)
            if source is None or options.only not in name:
                continue
            row = Row(name, commit)
            rows.append(row)
            run(row, source, work, tsc=any(word in name for word in options.tsc))
            print(f"{name}: {row.complete}", file=sys.stderr, flush=True)
    print(table(rows))


if __name__ == "__main__":
    main()
