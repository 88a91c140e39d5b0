"""Command lines: their parts, and which file of the app one starts."""

from __future__ import annotations

import json
import posixpath
import re
import shlex
from collections.abc import Iterator, Sequence

from ..app.manifests import join
from ..core.errors import LkmError
from ..core.files import read_bytes
from .work import Work

BUILT = ("dist", "build", "out", "lib", ".build")
ENDING = re.compile(r"\.(?:[cm]?[jt]sx?)$")
_ENDINGS = (".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs")
RUN = re.compile(r"^(?:npm|pnpm|yarn|bun)(?:\s+(?:-\S+|run))*\s+([\w:.@/-]+)(?:\s|$)")
_PIECE = re.compile(
    r"""\s*(&&|\|\||&|;|\|)\s*|"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'&|;\\]+|\s+|.""", re.DOTALL
)
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
# What starts the program that follows.
_BEFORE = frozenset(
    {"npx", "bunx", "cross-env", "cross-env-shell", "env", "exec", "time", "dotenv", "dotenvx"}
)
_RUNNERS = frozenset(
    {
        "node", "nodejs", "ts-node", "ts-node-esm", "ts-node-dev", "tsnd", "tsx", "nodemon", "vite-node",
        "bun", "babel-node", "esno", "esr", "jiti", "swc-node", "node-dev", "deno", "pm2",
        "pm2-runtime", "pm2-dev", "forever", "supervisor",
    }
)  # fmt: skip
_VERBS = frozenset({"run", "watch", "start", "--"})
# Options of runners that take the next word.
_TAKES = frozenset(
    {
        "-r", "--require", "--loader", "--experimental-loader", "--import", "-P", "--project", "--env-file",
        "--tsconfig", "-C", "--conditions", "-w", "--ext", "-i", "--ignore", "--delay", "--signal",
        "--config", "-c", "--name", "-O", "--compiler-options", "--cwd", "--preload",
    }
)  # fmt: skip
_NOTHING = frozenset(
    {"-e", "--eval", "-p", "--print", "--check", "-h", "--help", "-v", "--version", "--test"}
)


def parts_of(command: str) -> tuple[list[str], list[str]]:
    """The commands of a line and the operators between them; those in quotes part nothing."""
    parts, operators = [""], []
    for piece in _PIECE.finditer(command):
        if piece[1]:
            operators.append(piece[1])
            parts.append("")
        else:
            parts[-1] += piece[0]
    return [part.strip() for part in parts], operators


def words_of(part: str) -> list[str]:
    """The words of one command, without quotes."""
    try:
        return shlex.split(part, comments=False)
    except ValueError:
        return [word.strip("\"'") for word in part.split()]


def program_of(words: Sequence[str]) -> tuple[str, list[str]]:
    """The program that a command runs, and its arguments: ``cross-env A=b npx tsx x.ts`` runs ``tsx``."""
    rest = list(words)
    while rest:
        word = rest.pop(0)
        name = posixpath.basename(word)
        if _ASSIGNMENT.match(word) or name in _BEFORE or word == "--":
            while name in ("dotenv", "dotenvx", "npx", "bunx") and rest and rest[0].startswith("-"):
                option = rest.pop(0)
                if option in ("-e", "-f", "-c", "-p", "--package") and rest:
                    rest.pop(0)
            continue
        if name in ("pnpm", "yarn", "npm") and rest[:1] == ["exec"]:
            rest.pop(0)
            continue
        return name, rest
    return "", []


def started(work: Work, folder: str, part: str) -> list[str] | None:
    """The files that a command starts, most often one; None where its program is none that starts files.

    Args:
        folder: where it is run, relative to the app.
    """
    name, rest = program_of(words_of(part))
    if name == "nest":
        return list(_nest(work, folder, rest)) if rest[:1] == ["start"] else []
    if name not in _RUNNERS:
        return None
    position, command = "", ""
    at = 0
    while at < len(rest):
        word = rest[at]
        takes = word in _TAKES or (name == "nodemon" and word in ("--watch", "-e"))
        if name == "nodemon" and word in ("-x", "--exec"):
            command = rest[at + 1] if at + 1 < len(rest) else ""
            takes = True
        elif name == "nodemon" and word.startswith("--exec="):
            command = word.partition("=")[2]
        elif word in _NOTHING and not takes:
            return []
        elif not word.startswith("-") and not (word in _VERBS and not position):
            position = word
            break
        at += 2 if takes else 1
    if command:
        inside = started(work, folder, f"{command} {shlex.quote(position)}" if position else command)
        return inside if inside is not None else list(sources_of(work, folder, position or ".", starts=True))
    package = work.app.packages.get(folder)
    if name == "bun" and package is not None and position in package.scripts:
        return []
    if not position:
        return list(sources_of(work, folder, ".", starts=True)) if name in ("nodemon", "node-dev") else []
    return list(sources_of(work, folder, position, starts=True))


def _nest(work: Work, folder: str, rest: Sequence[str]) -> Iterator[str]:
    """What ``nest start`` starts: ``src/main``, unless nest-cli.json says otherwise."""
    try:
        settings = json.loads(read_bytes(work.app.root / folder / "nest-cli.json"))
    except (LkmError, ValueError):
        settings = {}
    project = next((word for word in rest[1:] if not word.startswith("-")), "")
    projects = settings.get("projects") if isinstance(settings, dict) else None
    own = projects.get(project) if isinstance(projects, dict) else None
    chosen = own if isinstance(own, dict) else settings if isinstance(settings, dict) else {}
    root, entry = chosen.get("sourceRoot", "src"), chosen.get("entryFile", "main")
    yield from sources_of(work, folder, f"{root}/{entry}", starts=True)


def sources_of(work: Work, folder: str, word: str, *, starts: bool = False) -> Iterator[str]:
    """The files of the app that a path in a command or configuration may mean: itself, or what it is built
    from (``dist/sfu.js`` is built from ``src/sfu.ts``).

    Args:
        starts: it is what a program starts: a folder means its index, the package's own what ``main`` says.
    """
    path = posixpath.normpath(join(folder, word))
    if starts and path == posixpath.normpath(folder or "."):
        package = work.app.packages.get(folder)
        main = package.manifest.get("main") if package else None
        named = isinstance(main, str) and posixpath.normpath(main or ".") != "."
        yield from sources_of(work, folder, str(main) if named else "index.js", starts=True)
        return
    stem = ENDING.sub("", path)
    inside = posixpath.relpath(stem, folder or ".")
    stems = [stem]
    top, _, rest = inside.partition("/")
    if top in BUILT and (rest or starts):
        rest = rest or "index"
        stems += [join(folder, f"src/{rest}"), join(folder, rest)]
        if rest.startswith("src/"):
            stems.append(join(folder, rest))
    indexes = [f"/index{ending}" for ending in _ENDINGS]
    for number, each in enumerate(stems):
        for ending in ("", *_ENDINGS, *(indexes if starts and number < 2 else ())):
            if each + ending in work.app.files:
                yield each + ending
                break


def lost_script(work: Work, folder: str, part: str) -> str:
    """The script of a package.json that a command calls and that goes; empty where there is none."""
    found = RUN.match(part.strip())
    package = work.app.packages.get(folder)
    if not found or package is None or found[1] not in package.scripts:
        return ""
    try:
        now = json.loads(work.now(package.file) or b"{}")
    except ValueError:
        return ""
    return "" if found[1] in (now.get("scripts") or {}) else found[1]
