"""What is left when all is done: places that still speak of the flag, packages that nobody imports."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..engine import Refusal
from .folding import Folding
from .ground import Ground
from .modules import is_code
from .state import State


class Left(Ground):
    """Looks at what is left."""

    def _left(self, folding: Folding) -> list[Refusal]:
        """What still speaks of the flags, with the reason why it was left."""
        found: list[Refusal] = []
        if not self.flags:
            return found
        words = re.compile(
            rb"(?<![\w$])(?:" + b"|".join(re.escape(name.encode()) for name in self.flags) + rb")(?![\w$])"
        )
        for path in self.modules.holding(self.flags):
            if path in self.removed or not is_code(path):
                continue
            state = self.state(path)
            if state is None:
                data = self.texts(path) or b""
                why = self.modules.unread.get(path) or self.refused.get(path) or "it is not to be edited"
                for match in words.finditer(data):
                    line = data.count(b"\n", 0, match.start()) + 1
                    found.append(Refusal("flag.left", path, line, 1, why, match[0].decode(), flag=True))
                continue
            names = folding.names.get(path)
            comments: set[int] = set()
            for match in words.finditer(state.source.code):
                at = state.origin(match.start())
                node = state.source.at(match.start())
                line, column = state.first.text.line(at), state.first.text.column(at)
                if node.type == "comment":
                    if node.start_byte in comments:
                        continue
                    comments.add(node.start_byte)
                    text = state.source.word(node)[:120]
                    found.append(
                        Refusal("comment.flag", path, line, column, "a comment speaks of the flag", text)
                    )
                    continue
                refused = names.facts.refused if names is not None else {}
                why = folding.unclear.get(match[0].decode()) or self._why(refused, state, at)
                low, high = state.source.line_start(match.start()), state.source.line_end(match.start())
                shown = state.source.code[low:high].decode("utf-8", "replace").strip()[:120]
                found.append(Refusal("flag.left", path, line, column, why, shown, flag=True))
        return found

    @staticmethod
    def _why(refused: Mapping[int, str], state: State, at: int) -> str:
        """The reason that was given nearest to a place."""
        line = state.first.text.line(at)
        near = [why for place, why in refused.items() if state.first.text.line(place) == line]
        if near:
            return near[0]
        return next(iter(refused.values()), "it is read in a way that does not say what it decides")

    def _dependencies(self) -> dict[str, tuple[str, ...]]:
        """Packages that lost their last import, by the folder of the manifest that asks for them."""
        if not self.states and not self.removed:
            return {}
        self.modules.index()
        before: dict[str, set[str]] = {}
        after: dict[str, set[str]] = {}
        for path in self.modules.paths:
            names = self.modules.packages.get(path, ())
            if not names and path not in self.states:
                continue
            package = self.app.package_of(path)
            folder = package.folder if package is not None else ""
            before.setdefault(folder, set()).update(names)
            state = self.states.get(path)
            if path in self.removed:
                continue
            now = (
                self.modules.links(path, state.source.raw)[1]
                if state is not None and state.changed
                else names
            )
            after.setdefault(folder, set()).update(now)
        found: dict[str, tuple[str, ...]] = {}
        for folder, names_ in before.items():
            package = self.app.packages.get(folder)
            gone = {
                name for name in names_ - after.get(folder, set()) if package is None or name in package.needs
            }
            types = {f"@types/{name.removeprefix('@').replace('/', '__')}" for name in gone}
            if package is not None:
                gone |= types & set(package.needs)
            if gone:
                found[folder] = tuple(sorted(gone))
        return found
