"""The app's source files, read and parsed when they are first asked for."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from ..app.look import App
from ..app.resolve import ENDINGS
from ..code.js.endings import GRAMMAR_OF_ENDING
from ..code.js.parse import Parsed, errors, parse
from ..code.js.style import CANONICAL, Style, measure
from ..code.js.text import NotTextError, Text
from ..core.errors import LkmError
from ..core.files import read_bytes
from ..scan.places import is_test

_LIMIT = 1_000_000
_SAMPLE = 40
_BUILT = frozenset({"dist", "build", "out", "coverage", "generated", "vendor", "public", "static"})


def is_built(path: str) -> bool:
    """Whether a file lies where built or copied ones do."""
    return not _BUILT.isdisjoint(path.split("/")[:-1])


class Sources:
    """Reads files of one app; answers are kept.

    Args:
        ours: files that lkm wrote, which say nothing of how the app is made.
    """

    def __init__(self, app: App, ours: Collection[str] = ()) -> None:
        self.app = app
        self._ours = ours
        self._texts: dict[str, Text | None] = {}
        self._parsed: dict[str, Parsed | None] = {}
        self._of_package: dict[str, tuple[str, ...]] = {}

    def of_package(self, folder: str) -> tuple[str, ...]:
        """The source files of a package, those of packages inside of it left out."""
        if not self._of_package:
            found: dict[str, list[str]] = {each: [] for each in self.app.packages}
            for path in self.app.tree.files:
                if path in self._ours or path.endswith(".d.ts"):
                    continue
                if f".{path.rpartition('.')[2]}" in GRAMMAR_OF_ENDING:
                    package = self.app.package_of(path)
                    if package is not None:
                        found[package.folder].append(path)
            self._of_package = {each: tuple(paths) for each, paths in found.items()}
        return self._of_package.get(folder, ())

    def code_of(self, folder: str) -> Iterator[str]:
        """The source files of a package that people edit and that are no tests."""
        return (path for path in self.of_package(folder) if not is_test(path) and not is_built(path))

    def file(self, stem: str) -> str | None:
        """The file that a path without its ending means."""
        return next((stem + end for end in ENDINGS if stem + end in self.app.files), None)

    def text(self, path: str) -> Text | None:
        """A file's text; None where it cannot be read as source."""
        if path not in self._texts:
            try:
                self._texts[path] = Text(read_bytes(self.app.root / path, limit=_LIMIT))
            except (LkmError, NotTextError):
                self._texts[path] = None
        return self._texts[path]

    def parsed(self, path: str) -> Parsed | None:
        """A file's tree; None where it cannot be read. It may be unsound."""
        if path not in self._parsed:
            text = self.text(path)
            grammar = GRAMMAR_OF_ENDING[f".{path.rpartition('.')[2]}"]
            self._parsed[path] = None if text is None else parse(text.code, grammar)
        return self._parsed[path]

    def with_words(self, folder: str, *words: bytes) -> Iterator[tuple[str, Parsed]]:
        """The files of a package that hold any of these words, parsed; those with errors too."""
        for path in self.code_of(folder):
            text = self.text(path)
            if text is None or not any(word in text.code for word in words):
                continue
            parsed = self.parsed(path)
            if parsed is not None:
                yield path, parsed

    def first_error(self, path: str) -> int:
        """The line of a file's first syntax error, 0 where there is none."""
        parsed, text = self.parsed(path), self.text(path)
        if parsed is None or text is None or parsed.sound:
            return 0
        first = next(errors(parsed.root), None)
        return text.line(first.start_byte) if first is not None else 1

    def is_esm(self, path: str) -> bool:
        """Whether a file is written with ``import`` and ``export``."""
        parsed = self.parsed(path)
        kinds = {node.type for node in parsed.root.named_children} if parsed is not None else set()
        return bool(kinds & {"import_statement", "export_statement"})

    def style(self, folder: str, near: str = "", *, ending: str = "") -> Style:
        """How the code of a package is written: a sample of it, the files near ``near`` first.

        Args:
            ending: of imports, where no file imports another yet.
        """
        paths = sorted(self.code_of(folder), key=lambda path: (not path.startswith(near), path))
        step = max(1, len(paths) // _SAMPLE)
        sample = (self.parsed(path) for path in paths[::step][:_SAMPLE])
        default = replace(CANONICAL, ending=ending)
        return measure((parsed for parsed in sample if parsed is not None), default)
