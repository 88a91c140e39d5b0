""".env files without the variables that nobody reads: examples; a real one for the flag, on request."""

from __future__ import annotations

import re

from ..code import env as dotenv
from ..code.env_cut import without
from ..core.errors import LkmError
from .work import Decision, Work


def plan_env_files(work: Work, *, real: bool = False) -> None:
    """Plan the files of variables.

    Args:
        real: also take the flag out of files that hold this machine's own values.
    """
    names = set(work.variables)
    flags = {flag.name for flag in work.recipe.flags} & names
    if not names:
        return
    for each in work.app.env_files:
        present = [name for name in each.names if name in names]
        example = dotenv.is_example(each.path) and not each.local
        commented = example and _commented(work, each.path, names)
        if not present and not commented:
            continue
        allowed = names if example else flags if real else set()
        for name in present:
            if name not in allowed:
                line = each.names[name]
                why = "it holds this machine's own values" + (
                    ": --env-files takes the flag out of it" if name in flags else "; lkm leaves it alone"
                )
                said = f"{name} stays in {each.path}"
                work.say(Decision("variables.own", "refuse", each.path, said, why, line=line, done=False))
        if not allowed or not work.chosen.wants("variables.env-file"):
            continue
        try:
            data = work.now(each.path)
            file = dotenv.parse(data or b"", work.app.root / each.path)
        except (LkmError, UnicodeDecodeError):
            continue
        changed = without(file, allowed, work.recipe.words)
        if changed.text == file.text:
            continue
        for name in present:
            if name in allowed:
                said = f"{name} out of {each.path}"
                why = "nothing reads it any more"
                line = each.names[name]
                work.say(Decision("variables.env-file", "safe", each.path, said, why, line=line))
        work.put(each.path, changed.to_bytes())


def _commented(work: Work, path: str, names: set[str]) -> bool:
    text = (work.now(path) or b"").decode("utf-8", "replace")
    return any(re.search(rf"^\s*#\s*{re.escape(name)}\s*=", text, re.MULTILINE) for name in names)
