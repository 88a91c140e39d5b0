"""Dockerfiles without the variables and ports that go: ENV, ARG and EXPOSE; RUN and CMD are a person's."""

from __future__ import annotations

import re

from ..app.manifests import folder_of
from ..scan.kinds import kind_of
from .commands import sources_of
from .ports import closes, within
from .work import Decision, Work

_LINE = re.compile(r"^(?P<head>[ \t]*(?P<name>ENV|ARG|EXPOSE)[ \t]+)(?P<rest>.*)$", re.IGNORECASE)
_WORD = re.compile(r"""(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+""")


def plan_dockerfiles(work: Work, ports: frozenset[str]) -> None:
    """Plan every Dockerfile; what runs something that goes is said, with its line."""
    for path in work.app.tree.files:
        name = path.rpartition("/")[2].lower()
        if kind_of(path) != "docker" or name.endswith(".dockerignore"):
            continue
        data = work.now(path)
        if data is None:
            continue
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            continue
        work.put(path, _without(work, path, text, ports).encode("utf-8"))


def _without(work: Work, path: str, text: str, ports: frozenset[str]) -> str:
    lines = re.findall(r"[^\n]*\n|[^\n]+\Z", text)
    ours = any(name in text for name in work.variables)
    kept: list[str] = []
    index = 0
    while index < len(lines):
        size = 1
        while lines[index + size - 1].rstrip().endswith("\\") and index + size < len(lines):
            size += 1
        whole = "".join(lines[index : index + size])
        left = _instruction(work, path, whole, (index + 1, ports, ours))
        if left:
            kept.append(left)
        else:
            while kept and kept[-1].lstrip().startswith("#") and work.recipe.speaks(kept[-1]):
                kept.pop()
            blank_above = not kept or not kept[-1].strip()
            if blank_above and index + size < len(lines) and not lines[index + size].strip():
                size += 1
        index += size
    return "".join(kept)


def _instruction(work: Work, path: str, whole: str, at: tuple[int, frozenset[str], bool]) -> str:
    """What is left of an instruction; empty where nothing is."""
    line, ports, ours = at
    found = _LINE.match(whole.split("\n", 1)[0].rstrip("\r"))
    if not found:
        _report(work, path, whole, line)
        return whole
    name = found["name"].upper()
    body = whole[len(found["head"]) :]
    words = list(_WORD.finditer(body.replace("\\\r\n", "  \r\n").replace("\\\n", " \n")))
    texts = [word[0] for word in words]
    if name == "ENV" and texts and "=" not in texts[0]:  # the old form: ENV NAME all the rest
        gone = [texts[0] in work.variables]
        words = words[:1]
    elif name == "EXPOSE":
        gone = [
            closes(text, ports, work.variables) or (ours and within(text, work.recipe.ports))
            for text in texts
        ]
    else:
        gone = [text.partition("=")[0] in work.variables for text in texts]
    rule = "services.port" if name == "EXPOSE" else "services.variable"
    if not any(gone) or not work.chosen.wants(rule):
        return whole
    shown = " ".join(whole.split())[:120]
    why = "nothing reads it any more" if name != "EXPOSE" else "only what goes used it"
    said = ", ".join(text.partition("=")[0] for text, out in zip(texts, gone, strict=False) if out)
    work.say(Decision(rule, "safe", path, f"{said} out of {name}", why, line=line, before=shown))
    if all(gone):
        return ""
    if "\n" in whole.rstrip("\r\n"):
        return _continued(whole, found["head"], [t for t, out in zip(texts, gone, strict=True) if not out])
    end = whole[len(whole.rstrip("\r\n")) :]
    return found["head"] + " ".join(t for t, out in zip(texts, gone, strict=True) if not out) + end


def _continued(whole: str, head: str, left: list[str]) -> str:
    """An instruction over several lines, one word on each as far as it was so."""
    newline = "\r\n" if "\r\n" in whole else "\n"
    second = re.search(r"\n([ \t]*)", whole)
    indent = second[1] if second else "    "
    end = whole[len(whole.rstrip("\r\n")) :]
    return head + f" \\{newline}{indent}".join(left) + end


def _report(work: Work, path: str, whole: str, line: int) -> None:
    if whole.lstrip().startswith("#"):
        return
    folder = folder_of(path)
    runs = [
        source
        for word in re.findall(r"[\w./@-]+", whole)
        if "/" in word or "." in word
        for source in sources_of(work, folder, word)
        if source in work.after and work.after[source] is None
    ]
    if runs or work.recipe.speaks(whole):
        why = f"it names {runs[0]}, which goes" if runs else f"it speaks of {work.recipe.old}"
        shown = " ".join(whole.split())[:120]
        said = f"{shown.split(' ', 1)[0]} needs a look"
        work.say(
            Decision(
                "services.docker-by-hand", "refuse", path, said, why, line=line, before=shown, done=False
            )
        )
