"""What `lkm cleanup` does to public repositories: a table, one row each.

    .venv/bin/python tools/cleanup_corpus.py MIRRORS CORPUS.json [--only WORD] [--also OWNER/NAME@COMMIT]
        [--option OPTION …] [--install] [--show]

`--option=--force` goes ahead although an app does not use LiveKit yet, `--option=--cut` follows the compiler.
MIRRORS and CORPUS.json are those of tools/scan_corpus.py. Each repository is laid out at its commit in a
folder of its own, cleaned with --apply, looked at, cleaned again and undone; nothing of it is kept. With
--install its dependencies are installed first (without their scripts) and its own tsc is asked before and
after. Package managers are those on PATH.

Columns: refs folded/all places that read the flag; whole removed or clean/the same with --unsafe/all files
of the class ``whole``; mixed how many of the class ``mixed`` were deleted (must be 0); dirty import sites in
files that were edited and called clean (must be 0); manifests and locks: how many were changed and what their
reader says; tsc new errors; again files that a second run changes (must be 0); undo; left places for a
person.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from livekit_migrate.scan.kinds import SOURCES
from livekit_migrate.scan.read import read_source

NICE = ["nice", "-n", "5"]
ACCEPTS: dict[str, list[str]] = {
    "package-lock.json": ["npm", "ci", "--dry-run", "--ignore-scripts", "--no-audit", "--no-fund"],
    "pnpm-lock.yaml": ["pnpm", "install", "--frozen-lockfile", "--lockfile-only", "--ignore-scripts"],
    "yarn.lock": ["yarn", "install", "--immutable", "--mode=skip-build"],
    "bun.lock": ["bun", "install", "--frozen-lockfile", "--dry-run", "--ignore-scripts"],
}
INSTALLS: dict[str, list[str]] = {
    "package-lock.json": ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
    "pnpm-lock.yaml": ["pnpm", "install", "--frozen-lockfile", "--ignore-scripts"],
    "yarn.lock": ["yarn", "install", "--ignore-scripts"],
}


def git_dir(mirrors: Path, repo: str) -> Path | None:
    folder = mirrors / repo.replace("/", "+")
    found = folder / "repo" if (folder / "repo").is_dir() else folder
    return found if found.is_dir() else None


def lay_out(git: Path, commit: str, folder: Path) -> None:
    """The files of a commit; links and what is missing in the mirror left out."""
    ask = ["git", f"--git-dir={git}"]
    listed = subprocess.run([*ask, "ls-tree", "-rz", commit], check=True, capture_output=True).stdout
    paths: list[tuple[str, str]] = []
    for entry in filter(None, listed.decode("utf-8", "surrogateescape").split("\0")):
        meta, path = entry.split("\t", 1)
        mode, kind, blob = meta.split()
        if kind == "blob" and mode != "120000":
            paths.append((path, blob))
    given = "".join(f"{blob}\n" for _, blob in paths).encode()
    out = subprocess.run([*ask, "cat-file", "--batch"], check=True, capture_output=True, input=given).stdout
    at = 0
    for path, _ in paths:
        end = out.index(b"\n", at)
        head = out[at:end].split()
        if head[1] == b"missing":
            at = end + 1
            continue
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(out[end + 1 : end + 1 + int(head[2])])
        at = end + 2 + int(head[2])


def digest(folder: Path) -> dict[str, str]:
    """Every file outside .lkm and node_modules, by its content and mode."""
    found: dict[str, str] = {}
    for here, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name not in (".lkm", "node_modules", ".git")]
        for name in files:
            path = Path(here, name)
            mode = path.stat().st_mode
            found[str(path.relative_to(folder))] = f"{mode:o} {hashlib.sha256(path.read_bytes()).hexdigest()}"
    return found


def sites(folder: Path, files: set[str]) -> Counter[str]:
    """File → its import sites of Mediasoup."""
    found: Counter[str] = Counter()
    for path in files:
        if path.endswith(SOURCES) and (folder / path).is_file():
            facts = read_source(path, (folder / path).read_bytes())
            if count := sum(site.family == "mediasoup" for site in facts.sites):
                found[path] = count
    return found


def lkm(folder: Path, state: Path, *words: str) -> dict[str, Any]:
    done = subprocess.run(
        [*NICE, sys.executable, "-m", "livekit_migrate", *words, "--json"],
        cwd=folder,
        env={**os.environ, "LKM_STATE_DIR": str(state)},
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        document: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        raise SystemExit(f"{' '.join(words)}: {done.stdout[-2000:]}{done.stderr[-2000:]}") from None
    return document


def accepted(folder: Path, changed: list[str]) -> list[str]:
    """What the managers say of the lockfiles that were changed: nothing where all is well."""
    wrong: list[str] = []
    for path in changed:
        name = path.rpartition("/")[2]
        if name.endswith("package.json"):
            try:
                json.loads((folder / path).read_text(encoding="utf-8-sig"))
            except ValueError as error:
                wrong.append(f"{path}: {error}")
        argv = ACCEPTS.get(name)
        if argv is None:
            continue
        if shutil.which(argv[0]) is None:
            wrong.append(f"{path}: no {argv[0]} here")
            continue
        done = subprocess.run(
            [*NICE, *argv],
            cwd=(folder / path).parent,
            # The version that a manifest pins may be out of reach.
            env={**os.environ, "npm_config_manage_package_manager_versions": "false"},
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        if done.returncode:
            wrong.append(f"{path}: {(done.stderr or done.stdout).strip()[-200:]}")
    return wrong


def install(folder: Path) -> bool:
    """Install with the lockfiles that are there; whether all of it worked."""
    worked = False
    for path in sorted(folder.rglob("*")):
        argv = INSTALLS.get(path.name)
        if argv is None or "node_modules" in path.parts or shutil.which(argv[0]) is None:
            continue
        done = subprocess.run([*NICE, *argv], cwd=path.parent, capture_output=True, check=False, timeout=900)
        if done.returncode:
            return False
        worked = True
    return worked


def row(entry: dict[str, Any], mirrors: Path, chosen: argparse.Namespace) -> dict[str, Any] | None:
    git = git_dir(mirrors, entry["repo"])
    if git is None:
        print(f"{entry['repo']:44} no mirror")
        return None
    base = Path(tempfile.mkdtemp(prefix="lkm-corpus-"))
    try:
        folder = base / "app"
        folder.mkdir()
        lay_out(git, entry["commit"], folder)
        installed = install(folder) if chosen.install else False
        before = digest(folder)
        unsafe = [*chosen.option, "--unsafe", "--verify", "none"]
        plan = lkm(folder, base / "state", "cleanup", "mediasoup", ".", *unsafe)["data"]
        asked = {each["path"] for each in plan.get("files", ()) if each["action"] == "delete"}
        old_sites = sites(folder, set(before))
        options = [*chosen.option, "--verify", "tsc" if installed else "parse"]
        start = time.monotonic()
        first = lkm(folder, base / "state", "cleanup", "mediasoup", ".", "--apply", *options)
        seconds = time.monotonic() - start
        after = digest(folder)
        data = first["data"]
        changed = [each["path"] for each in data.get("files", ()) if each["action"] == "edit"]
        gone = {each["path"] for each in data.get("files", ()) if each["action"] == "delete"}
        open_files = {each["file"] for each in data.get("decisions", ()) if not each["planned"]}
        clean = [path for path in changed if path not in open_files]
        left = sites(folder, set(after))
        classes = {each["path"]: each["class"] for each in entry.get("direct", ())}
        whole = [path for path, kind in classes.items() if kind == "whole"]
        wrong = accepted(folder, changed)
        second = lkm(folder, base / "state", "cleanup", "mediasoup", ".", "--verify", "none", *chosen.option)
        applied = before != after
        undone = lkm(folder, base / "state", "undo") if applied else {"ok": True}
        same = digest(folder) == before
        return {
            "repo": entry["repo"],
            "error": first["error"]["message"] if first["error"] else "",
            "seconds": seconds,
            "refs": (data.get("folded", 0), data.get("references", 0)),
            "sites": (sum(old_sites.values()), sum(left.values())),
            "whole": (sum(path in gone or path not in left for path in whole), len(whole)),
            "asked": sum(path in gone | asked or path not in left for path in whole),
            "mixed": sum(classes.get(path) == "mixed" for path in gone | asked),
            "dirty": sum(left[path] for path in clean),
            "changed": (len(changed), len(gone)),
            "wrong": wrong,
            "tsc": [f for f in first["findings"] if f["id"] == "verify.tsc"],
            "again": [f["path"] for f in second["data"].get("files", ())],
            "undo": same and undone["ok"],
            "left": Counter(d["rule"] for d in data.get("decisions", ()) if not d["planned"]),
            "decisions": [d for d in data.get("decisions", ()) if not d["planned"]],
        }
    finally:
        shutil.rmtree(base, ignore_errors=True)


def shown(found: dict[str, Any]) -> str:
    tsc = found["tsc"]
    new = sum(f["status"] == "fail" for f in tsc)
    ran = any(f["status"] in ("ok", "fail") for f in tsc)
    left = sum(n for rule, n in found["left"].items() if not rule.startswith("texts."))
    whole = f"{found['whole'][0]}/{found['asked']}/{found['whole'][1]}"
    return (
        f"{found['repo']:44} {found['seconds']:5.1f} {found['refs'][0]:4}/{found['refs'][1]:<4}"
        f" {found['sites'][0]:4}→{found['sites'][1]:<4} {whole:9}"
        f" {found['mixed']:5} {found['dirty']:5} {found['changed'][0]:4}/{found['changed'][1]:<4}"
        f" {'ok' if not found['wrong'] else 'NO':5} {new if ran else '–':>4} {len(found['again']):5}"
        f" {'same' if found['undo'] else 'DIFFERS':7} {left:4}"
        + (f"  {found['error']}" if found["error"] else "")
    )


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("mirrors", type=Path)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--only", default="", help="repositories whose name has this in it")
    parser.add_argument("--also", action="append", default=[], help="OWNER/NAME@COMMIT, without classes")
    parser.add_argument("--option", action="append", default=[], help="for lkm cleanup: --option=--unsafe")
    parser.add_argument("--install", action="store_true", help="install dependencies and ask tsc")
    parser.add_argument("--show", action="store_true", help="what stays, with the reason")
    chosen = parser.parse_args()
    corpus = json.loads(chosen.corpus.read_text())
    entries = corpus["repositories"] + corpus["negative_controls"]
    for word in chosen.also:
        repo, _, commit = word.partition("@")
        entries.append({"repo": repo, "commit": commit})
    print(
        f"{'repository':44} {'s':>5} {'refs':9} {'sites':9} {'whole':9} mixed dirty edit/del  locks  tsc"
        " again undo    left"
    )
    totals: Counter[str] = Counter()
    bad = 0
    for entry in entries:
        if chosen.only.lower() not in entry["repo"].lower():
            continue
        found = row(entry, chosen.mirrors, chosen)
        if found is None:
            continue
        print(shown(found), flush=True)
        totals["whole"] += found["whole"][1]
        totals["removed"] += found["whole"][0]
        totals["asked"] += found["asked"]
        bad += bool(found["mixed"] or found["dirty"] or found["again"] or not found["undo"])
        for line in found["wrong"]:
            print(f"    lock: {line}")
        for finding in found["tsc"]:
            if finding["status"] == "fail":
                print(f"    tsc: {finding['location']} {finding['title']}")
        if found["again"]:
            print(f"    again: {', '.join(found['again'][:8])}")
        if chosen.show:
            for each in found["decisions"]:
                if not each["rule"].startswith("texts."):
                    place = f"{each['file']}:{each['line']}" if each["line"] else each["file"]
                    print(f"    {each['rule']:28} {place} {each['title']}: {each['reason']}")
    print(f"whole files removed or clean: {totals['removed']}, with --unsafe {totals['asked']}", end=" ")
    print(f"of {totals['whole']}")
    return 1 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main())
