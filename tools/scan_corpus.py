"""Recall and precision of what scan finds, against a corpus of public repositories with known import sites.

    .venv/bin/python tools/scan_corpus.py MIRRORS CORPUS.json [--show] [--only WORD]

MIRRORS holds bare git repositories as ``owner+name/repo`` or ``owner+name``; CORPUS.json lists each
repository's commit, its import sites and the API methods that its files call. Neither is part of this
project. Files are read with git at the pinned commit, so nothing is written.

Sites are compared by (file, line, specifier). Calls are compared by (file, method): the corpus lists methods
by name per file, ``producer.close`` with the receiver's name where the method's own says little.
"""

from __future__ import annotations

import argparse
import json
import posixpath
import re
import subprocess
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from livekit_migrate.scan.facts import Call, FileFacts
from livekit_migrate.scan.kinds import SOURCES
from livekit_migrate.scan.link import link
from livekit_migrate.scan.read import read_source

TRIES = ("", ".ts", ".tsx", ".d.ts", ".js", ".jsx", ".mjs", ".cjs", ".mts", ".cts", ".vue", ".svelte")
INDEXES = tuple(f"/index{ending}" for ending in TRIES[1:])
COMMENTS = re.compile(r'("(?:[^"\\]|\\.)*")|//[^\n]*|/\*.*?\*/|,(?=\s*[}\]])', re.DOTALL)
# Methods that the corpus names together with the type of their receiver.
TYPED = ("close", "pause", "resume")


class Tree:
    """The files of one commit; also what ``link`` asks to resolve specifiers."""

    def __init__(self, git_dir: Path, commit: str) -> None:
        self.git = ["git", f"--git-dir={git_dir}"]
        listed = self.run("ls-tree", "-rz", commit).decode("utf-8", "surrogateescape").split("\0")
        self.blobs: dict[str, str] = {}
        for entry in filter(None, listed):
            meta, path = entry.split("\t", 1)
            mode, kind, sha = meta.split()
            if kind == "blob" and mode != "120000" and "node_modules/" not in path:
                self.blobs[path] = sha
        self.aliases: list[tuple[str, str, list[str]]] = []
        self.packages: dict[str, tuple[str, list[str]]] = {}
        for path, raw in self.read(lambda p: p.endswith(".json") and self.is_config(p)):
            try:
                self.config(
                    path, json.loads(COMMENTS.sub(lambda m: m[1] or "", raw.decode("utf-8", "replace")))
                )
            except (ValueError, AttributeError, TypeError):
                continue

    @staticmethod
    def is_config(path: str) -> bool:
        name = posixpath.basename(path)
        return name == "package.json" or (name.startswith(("tsconfig", "jsconfig")))

    def run(self, *args: str, given: bytes | None = None) -> bytes:
        return subprocess.run([*self.git, *args], check=True, capture_output=True, input=given).stdout

    def read(self, wanted: Any) -> Iterator[tuple[str, bytes]]:
        paths = [path for path in sorted(self.blobs) if wanted(path)]
        out = self.run("cat-file", "--batch", given="".join(f"{self.blobs[p]}\n" for p in paths).encode())
        at = 0
        for path in paths:
            end = out.index(b"\n", at)
            head = out[at:end].split()
            if head[1] == b"missing":
                at = end + 1
                continue
            size = int(head[2])
            yield path, out[end + 1 : end + 1 + size]
            at = end + size + 2

    def config(self, path: str, data: dict[str, Any]) -> None:
        folder = posixpath.dirname(path)
        if path.endswith("package.json"):
            if name := data.get("name"):
                entries = [data.get(key) for key in ("source", "types", "module", "main")]
                self.packages[name] = (folder, [e for e in entries if isinstance(e, str)])
            return
        options = data.get("compilerOptions") or {}
        base = posixpath.normpath(posixpath.join(folder, options.get("baseUrl", ".")))
        for alias, targets in (options.get("paths") or {}).items():
            self.aliases.append(
                (folder, alias, [posixpath.normpath(posixpath.join(base, t)) for t in targets])
            )
        if "baseUrl" in options:
            self.aliases.append((folder, "*", [posixpath.join(base, "*")]))

    def file(self, stem: str) -> str | None:
        stem = posixpath.normpath(stem)
        stems = [stem]
        if match := re.search(r"\.[cm]?jsx?$", stem):
            stems.append(stem[: match.start()])
        for each in stems:
            for ending in (*TRIES, *INDEXES):
                if each + ending in self.blobs and (each + ending).endswith(SOURCES):
                    return each + ending
        return None

    def resolve(self, from_file: str, specifier: str) -> str | None:
        if specifier.startswith("."):
            return self.file(posixpath.join(posixpath.dirname(from_file), specifier))
        for folder, alias, targets in self.aliases:
            if folder and not from_file.startswith(folder + "/"):
                continue
            head, star, tail = alias.partition("*")
            if not (specifier.startswith(head) and specifier.endswith(tail) if star else specifier == alias):
                continue
            middle = specifier[len(head) : len(specifier) - len(tail)]
            for target in targets:
                if (found := self.file(target.replace("*", middle))) is not None:
                    return found
        return self.usual(from_file, specifier) or self.workspace(specifier)

    def usual(self, from_file: str, specifier: str) -> str | None:
        """Aliases that bundlers have by default or that everybody configures."""
        for prefix in ("@/", "~/", "$lib/", "src/"):
            if specifier.startswith(prefix):
                rest = specifier[len(prefix) :]
                folder = posixpath.dirname(from_file)
                while True:
                    for inside in ("src/", "src/lib/", "app/", ""):
                        if (found := self.file(posixpath.join(folder, inside + rest))) is not None:
                            return found
                    if not folder:
                        break
                    folder = posixpath.dirname(folder)
        return None

    def workspace(self, specifier: str) -> str | None:
        parts = specifier.split("/")
        name = "/".join(parts[:2]) if specifier.startswith("@") else parts[0]
        if name in self.packages:
            folder, entries = self.packages[name]
            rest = specifier[len(name) + 1 :]
            tries = [rest, f"src/{rest}"] if rest else [*entries, "src/index", "src", "index"]
            for entry in tries:
                if (found := self.file(posixpath.join(folder, entry))) is not None:
                    return found
        return None


def wanted_methods(entry: dict[str, Any]) -> set[tuple[str, str]]:
    return {(f["path"], name) for f in entry["direct"] for name in f.get("methods", {})}


def found_methods(calls: list[Call]) -> dict[tuple[str, str], list[Call]]:
    found: dict[tuple[str, str], list[Call]] = defaultdict(list)
    for call in calls:
        name = call.method
        if name in TYPED:
            kind = call.type.lower().removeprefix("data")
            name = f"{kind}.{name}"
        found[call.file, name].append(call)
    return found


def ratio(part: int, whole: int) -> str:
    return f"{part / whole:.3f}" if whole else "  -  "


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("mirrors", type=Path)
    parser.add_argument("corpus", type=Path)
    parser.add_argument(
        "--show", action="store_true", help="what was missed and what the corpus does not have"
    )
    parser.add_argument("--only", default="", help="repositories whose name has this in it")
    parser.add_argument("--calls", action="store_true", help="every call found")
    chosen = parser.parse_args()
    corpus = json.loads(chosen.corpus.read_text())
    print(f"{'repository':44} files  /s   sites recall prec.  methods recall  calls proven inferred protoo")
    totals = [0] * 4
    bad = 0
    for entry in corpus["repositories"] + corpus["negative_controls"]:
        if chosen.only.lower() not in entry["repo"].lower():
            continue
        folder = chosen.mirrors / entry["repo"].replace("/", "+")
        git_dir = folder / "repo" if (folder / "repo").is_dir() else folder
        if not git_dir.is_dir():
            print(f"{entry['repo']:44} no mirror")
            continue
        tree = Tree(git_dir, entry["commit"])
        sources = list(tree.read(lambda path: path.endswith(SOURCES)))
        start = time.process_time()
        facts: list[FileFacts] = [read_source(path, raw) for path, raw in sources]
        calls = list(link(facts, tree).calls)
        seconds = time.process_time() - start
        truth = {(f["path"], s["line"], s["spec"]) for f in entry["direct"] for s in f["sites"]}
        sites = {(s.file, s.line, s.specifier) for f in facts for s in f.sites if s.family == "mediasoup"}
        hit = len(truth & sites)
        methods, ours = wanted_methods(entry), found_methods(calls)
        met = sum(key in ours for key in methods)
        totals = [a + b for a, b in zip(totals, (len(truth), len(sites), hit, 0), strict=True)]
        proven = sum(call.confidence == "proven" for call in calls)
        protoo = sum(call.side == "signalling" for call in calls)
        bad += hit < len(truth) or bool(sites - truth)
        print(
            f"{entry['repo']:44} {len(sources):5} {len(sources) / max(seconds, 1e-3):5.0f}"
            f" {len(truth):5}  {ratio(hit, len(truth))} {ratio(hit, len(sites))}"
            f" {len(methods):6}  {ratio(met, len(methods))}"
            f" {len(calls):5} {proven:6} {len(calls) - proven:8} {protoo:6}"
        )
        if chosen.show:
            for key in sorted(truth - sites):
                print("    site missed:", *key)
            for key in sorted(sites - truth):
                print("    site not in the corpus:", *key)
            for key in sorted(key for key in methods if key not in ours):
                print("    method missed:", *key)
            corpus_names = {name for other in corpus["repositories"] for name in other["api_methods"]}
            listed = {f["path"] for f in entry["direct"]}
            for key in sorted(key for key in ours if key not in methods and key[1] in corpus_names):
                where = "" if key[0] in listed else " (file not listed)"
                for call in ours[key]:
                    print(
                        f"    not in the corpus{where}: {call.file}:{call.line} {call.receiver}.{call.method}"
                        f" [{call.confidence}]"
                    )
        if chosen.calls:
            for call in calls:
                print(
                    f"    {call.file}:{call.line}:{call.column} {call.receiver} . {call.method} {call.event}"
                    f" | {call.side} {call.type} row {call.row} {call.confidence}: {call.why}"
                )
    print(f"sites: recall {ratio(totals[2], totals[0])}, precision {ratio(totals[2], totals[1])}")
    return 1 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main())
