"""Reading and editing .env files by position: values as python-dotenv reads them, edits as splices.

Docker Compose and python-dotenv disagree on many lines (measured with compose-go 2.16.2 and python-dotenv
1.2.4). Each value says whether it is in the subset that every reader reads alike (``portable``) and, where
Compose is known or feared to read something else, why (``differs``).
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from ..core.errors import ConfigError
from ..core.files import BOM, line_end, read_text

PORTABLE = re.compile(r"^[A-Z_][A-Z0-9_]*=[A-Za-z0-9._~:/@%+,=-]*$", re.ASCII)
"""A whole line that Compose, python-dotenv, shells and `docker run --env-file` read alike."""

EXAMPLES = (".env.example", ".env.sample", ".env.template", "env.example")
"""What the file that names a project's variables is called, the likeliest first."""

_SAMPLE = frozenset(
    {"example", "sample", "template", "dist", "default", "defaults", "tpl", "schema", "vault"}
)
_LIMIT = 1024 * 1024


def is_example(path: str) -> bool:
    """Whether a file of variables only shows them, by its name: ``.env.local.example``, ``env.dist``."""
    name = path.rpartition("/")[2].lower()
    return bool(_SAMPLE & set(re.split(r"[._-]", name)))


class EnvValue(NamedTuple):
    """One assignment.

    Args:
        line: counts from 1; where its name stands.
        portable: the line is in the subset that every reader reads alike.
        differs: why Compose reads (or may read) something else; empty when both agree.
    """

    name: str
    value: str
    line: int
    portable: bool
    differs: str = ""

    def __repr__(self) -> str:
        # Values may be secrets: they stay out of tracebacks and assertion messages.
        return f"EnvValue({self.name!r}, line {self.line}, {len(self.value)} characters)"


class Problem(NamedTuple):
    """A line that the readers do not agree on, or that one of them refuses or drops."""

    line: int
    name: str
    why: str


class _Binding(NamedTuple):
    """A statement. ``raw`` is the text from ``start`` on, blank lines before it included; not so ``line``."""

    name: str | None
    value: str | None
    raw: str
    start: int
    line: int
    error: bool = False

    def __repr__(self) -> str:
        return f"_Binding({self.name!r}, line {self.line})"


@dataclass(frozen=True)
class EnvFile:
    """A .env file as it is on disk. ``text`` has no BOM; line ends are kept.

    Args:
        exists: False for a file that is not there yet; it reads as empty.
    """

    path: Path
    text: str
    bom: bool = False
    exists: bool = True

    def __repr__(self) -> str:
        return f"EnvFile({str(self.path)!r}, {len(self.text)} characters)"

    @cached_property
    def bindings(self) -> tuple[_Binding, ...]:
        return tuple(_scan(self.text))

    @cached_property
    def values(self) -> tuple[EnvValue, ...]:
        """Every assignment in the order of the file, repeated names included."""
        return tuple(
            _value(binding)
            for binding in self.bindings
            if binding.name is not None and binding.value is not None
        )

    @cached_property
    def problems(self) -> tuple[Problem, ...]:
        """Lines that Compose and python-dotenv read differently, with the reason; in the file's order."""
        found = [Problem(v.line, v.name, v.differs) for v in self.values if v.differs]
        for binding in self.bindings:
            if binding.error or (binding.name is not None and binding.value is None):
                name = re.match(r"\s*(?:export[ \t]+)?['\"]?([A-Za-z_][\w.-]*)", binding.raw, re.ASCII)
                found.append(Problem(binding.line, name[1] if name else "", _refusal(binding)))
            elif binding.name is None and binding.raw.strip().startswith("export"):
                found.append(Problem(binding.line, "", "`export` without a name"))
        stray = re.search(r"\r(?!\n)|\A\ufeff", self.text)
        if stray:
            line = len(re.findall(r"\r\n|\n|\r", self.text[: stray.start()])) + 1
            why = "a line end or byte order mark that only some readers know"
            found.append(Problem(line, "", why))
        return tuple(sorted(found, key=lambda problem: problem.line))

    def all(self, name: str) -> tuple[EnvValue, ...]:
        """Every assignment of a name; the last one counts."""
        return tuple(value for value in self.values if value.name == name)

    def get(self, name: str) -> EnvValue | None:
        """The assignment that counts: the last one, as every reader decides."""
        found = self.all(name)
        return found[-1] if found else None

    def mentions(self, name: str) -> Problem | None:
        """The first refused or dropped statement that has the name in it, for "it is there, but"."""
        for binding in self.bindings:
            if (binding.error or binding.value is None) and re.search(
                rf"\b{re.escape(name)}\b", binding.raw.split("#")[0] if not binding.error else binding.raw
            ):
                return Problem(binding.line, name, _refusal(binding))
        return None

    def set(self, name: str, value: str) -> EnvFile:
        """The file with one assignment changed, or added at its end.

        Only that value's characters change: comments, order, CRLF, BOM, `export` and a missing final newline
        stay. Of several assignments of the name the last one, which counts, is changed.

        Raises:
            ValueError: name or value is outside the portable subset (a bug of the caller).
            ConfigError: what is wrong in the file would swallow the assignment, with its line.
        """
        if not PORTABLE.fullmatch(f"{name}={value}"):
            raise ValueError(f"{name}: not a portable assignment")
        target = None
        for binding in self.bindings:
            if binding.name == name:
                target = binding
        text = self._appended(f"{name}={value}") if target is None else self._spliced(target, name, value)
        changed = self.with_text(text)
        self._check(changed, name, value)
        return changed

    def _spliced(self, binding: _Binding, name: str, value: str) -> str:
        raw = binding.raw
        head = re.match(r"\s*(?:export[^\S\r\n]+)?", raw)
        assert head is not None  # noqa: S101 - every part is optional
        end = re.search(r"(?:\r\n|\n|\r)?\Z", raw)
        comment = _comment_of(raw, head.end())
        new = f"{head[0]}{name}={value}{comment}{end[0] if end else ''}"
        return self.text[: binding.start] + new + self.text[binding.start + len(raw) :]

    def _appended(self, line: str) -> str:
        if not self.text:
            return line + "\n"
        newline = line_end(self.text)
        if self.text.endswith("\n"):
            return self.text + line + newline
        return self.text + newline + line

    def _check(self, changed: EnvFile, name: str, value: str) -> None:
        before = {v.name: v.value for v in self.values} | {name: value}
        if {v.name: v.value for v in changed.values} == before:
            return
        problem = next(iter(self.problems), None)
        where = f"{self.path}:{problem.line}" if problem else str(self.path)
        raise ConfigError(
            f"{where}: {name} cannot be written before this line is mended",
            code="env.broken-line",
            detail=problem.why if problem else "",
        )

    def with_text(self, text: str) -> EnvFile:
        """The same file with another text."""
        return replace(self, text=text)

    def to_bytes(self) -> bytes:
        """What belongs on disk."""
        return ((BOM if self.bom else "") + self.text).encode("utf-8")


def parse(data: bytes, path: Path) -> EnvFile:
    """The bytes of a .env file; ``path`` is for messages only."""
    text = data.decode("utf-8")
    return EnvFile(path, text.removeprefix(BOM), bom=text.startswith(BOM))


def read(path: Path) -> EnvFile:
    """A .env file; one that is not there reads as empty.

    Raises:
        ConfigError: it is a directory, unreadable, not UTF-8 (with line and column), or above 1 MiB.
    """
    try:
        text = read_text(path, what=".env file", limit=_LIMIT)
    except ConfigError as error:
        if error.code == "file.missing":
            return EnvFile(path, "", exists=False)
        raise
    return EnvFile(path, text.removeprefix(BOM), bom=text.startswith(BOM))


# Lines that are read here and not by python-dotenv, whose import costs `lkm token` as much as 2.5 empty
# Python starts (logging, shutil, tempfile): blank ones, comments, and assignments of a plain name whose
# value is unquoted, or quoted without escapes and ended on the same line. These are read exactly as
# python-dotenv reads them (a property test holds the two equal); with any other line the whole file goes
# to python-dotenv. No regular expression: compiling one costs more than most files.
def _scan(text: str) -> list[_Binding]:
    found: list[_Binding] = []
    start = 0
    for number, line in enumerate(text.split("\n"), 1):
        raw = line + "\n" if start + len(line) < len(text) else line
        body = line.removesuffix("\r").strip(" \t")
        if "\r" in body:
            return _scan_dotenv(text)
        if body and not body.startswith("#"):
            statement = body.removeprefix("export").lstrip(" \t") if body[:7] in _EXPORT else body
            name, equals, written = statement.partition("=")
            value = _simple(written)
            if not (equals and name.isidentifier() and name.isascii() and name != "export") or value is None:
                return _scan_dotenv(text)
            found.append(_Binding(name, value, raw, start, number))
        start += len(raw)
    return found


_EXPORT = ("export ", "export\t")


def _simple(written: str) -> str | None:
    """What python-dotenv makes of a value; None where only python-dotenv itself can say."""
    quote = written[:1]
    if quote in ("'", '"'):
        inner = written[1:-1]
        closed = len(written) > 1 and written[-1] == quote
        return inner if closed and quote not in inner and "\\" not in inner else None
    if quote.isspace():
        return None
    return re.sub(r"\s+#.*", "", written).rstrip() if "#" in written else written.rstrip()


def _scan_dotenv(text: str) -> list[_Binding]:
    from bisect import bisect

    from dotenv.parser import parse_stream

    # newline="": python-dotenv sees the line ends as they are, and so positions stay true. Its own line
    # numbers do not: behind a line that it drops it counts CRLF twice.
    parsed = list(parse_stream(io.StringIO(text, newline="")))
    ends = [match.end() for match in re.finditer(r"\r\n|\n|\r", text)]
    start = len(text) - sum(len(one.original.string) for one in parsed)  # a second BOM, which it skips
    found: list[_Binding] = []
    for one in parsed:
        raw = one.original.string
        begins = start + len(raw) - len(raw.lstrip())
        found.append(_Binding(one.key, one.value, raw, start, bisect(ends, begins) + 1, one.error))
        start += len(raw)
    return found


def _value(binding: _Binding) -> EnvValue:
    portable = PORTABLE.fullmatch(_body(binding)) is not None
    difference = "" if portable else _difference(binding)
    return EnvValue(binding.name or "", binding.value or "", binding.line, portable, difference)


def _body(binding: _Binding) -> str:
    """The statement's own line, without blank lines before it and without its line end."""
    return re.sub(r"\A(?:[^\S\r\n]*(?:\r\n|\n|\r))+", "", binding.raw).rstrip("\r\n")


# What compose-go and python-dotenv read alike; held against both readers' recorded answers by a test.
_ALIKE = r"""(?x)\s*(?:export[ \t]+)?[A-Za-z_][A-Za-z0-9_.-]*[ \t]*=[ \t]*(?:
        (?:[^\s'"$\#][^\s$]*(?:[ ]+[^\s$\#][^\s$]*)*(?:[ ]+\#[^\r\n]*)?)?    # bare words, a comment
      | "(?:[^"\\$]|\\[nrt"\\])*"[ \t]*(?:\#[^\r\n]*)?
      | '[^'\\]*'[ \t]*(?:\#[^\r\n]*)?
    )[ \t]*(?:\r\n|\n)?"""


def _difference(binding: _Binding) -> str:
    """Why Compose may read another value than python-dotenv does; empty when they agree."""
    raw = binding.raw
    if re.fullmatch(_ALIKE, raw):
        return ""
    name, _, value = raw.strip().partition("=")
    value = value.lstrip(" \t")
    if name.strip().strip("'\"") != name.strip():
        return "Compose refuses the whole file for a quoted name"
    if not re.fullmatch(r"(?:export\s+)?[A-Za-z_][A-Za-z0-9_.-]*\s*", name, re.ASCII):
        return "Compose reads this name differently, or refuses the whole file"
    if "$" in value and not value.startswith("'"):
        return "Compose substitutes what follows `$`; python-dotenv and the shell read it otherwise"
    if "\\" in value:
        return "Compose and python-dotenv read the backslash differently"
    if "#" in value:
        return "Compose and python-dotenv disagree on where the comment begins"
    return "it holds whitespace or characters that the readers of .env files treat differently"


def _refusal(binding: _Binding) -> str:
    """Why a statement gives no value."""
    raw = binding.raw.strip()
    if not binding.error:
        return "it has no `=`, so it gives no value"
    name, equals, value = raw.partition("=")
    value = value.lstrip()
    if equals and value[:1] in ("'", '"'):
        if re.match(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"", value, re.DOTALL):
            return "text after the closing quote: python-dotenv drops the line, Compose reads a wrong name"
        return "the quote is not closed: python-dotenv drops the line, Compose refuses the whole file"
    if re.match(r"[\w.-]+\s*:", name):
        return "`:` instead of `=`: Compose takes it, python-dotenv drops the line"
    if re.search(r"\S\s+\S", re.sub(r"^export\s+", "", name)):
        return "a space in the name: python-dotenv drops the line, Compose refuses the whole file"
    return "python-dotenv drops the line"


def _comment_of(raw: str, head: int) -> str:
    """The comment behind a value, one space before it (a tab there is read differently)."""
    equals = raw.find("=", head)
    if equals < 0:
        found = re.search(r"[^\S\r\n]+(#[^\r\n]*)", raw[head:])
        return f" {found[1]}" if found else ""
    rest = raw[equals + 1 :]
    quoted = re.match(r"[^\S\r\n]*(?:'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\")", rest, re.DOTALL)
    found = re.match(r"[^\S\r\n]*(#[^\r\n]*)", rest[quoted.end() :]) if quoted else None
    if not quoted:
        found = re.search(r"\s+(#[^\r\n]*)", rest)
    return f" {found[1]}" if found else ""
