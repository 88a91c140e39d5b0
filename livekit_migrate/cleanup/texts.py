"""What is written for people: the summary, the README's section; and the list of text that still speaks."""

from __future__ import annotations

import re
from typing import Any

from ..core.files import BOM
from ..core.render import render
from ..scan.kinds import is_source, kind_of, worth_reading
from .work import Decision, Work

SUMMARY = "MIGRATION_SUMMARY.md"
MARK = "<!-- lkm cleanup -->"
_MOST = 400
_FENCE = re.compile(r"^\s*(```|~~~)")
_HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*\s*$")


def plan_texts(work: Work) -> None:
    """Plan the summary and the README's section, and list every other line that still speaks of what went."""
    if not work.after or not work.recipe.summary:
        return
    if work.chosen.wants("texts.readme"):
        _plan_readme(work)
    if work.chosen.wants("texts.summary"):
        _plan_summary(work)


def _values(work: Work) -> dict[str, Any]:
    gone = [flag for flag in work.recipe.flags if flag.name in work.variables]
    left = [
        f"`{each.file}{f':{each.line}' if each.line else ''}`: {each.title}"
        + (f" ({each.reason})" if each.reason else "")
        for each in work.decisions
        if each.grade == "refuse" and not each.rule.startswith("texts.")
    ]
    return {
        "old": work.recipe.old,
        "new": work.recipe.new,
        "recipe": work.recipe.name,
        "still": sorted(set(work.still)),
        "flag": gone[0].name if gone else "",
        "flag_value": gone[0].value if gone else "",
        "files_removed": work.removed,
        "files_changed": sorted(path for path, data in work.after.items() if data is not None),
        "packages": work.packages,
        "variables": work.variables,
        "services": list(dict.fromkeys(work.services)),
        "left": list(dict.fromkeys(left)),
    }


def _plan_summary(work: Work) -> None:
    old = work.before(SUMMARY) if SUMMARY in work.app.files else None
    if old is not None and MARK.encode() not in old:
        why = "there is one that lkm did not write"
        work.say(Decision("texts.summary", "refuse", SUMMARY, "it stays as it is", why, done=False))
        return
    text = render(work.recipe.summary, _values(work), name=SUMMARY).rstrip() + f"\n\n{MARK}\n"
    work.put(SUMMARY, text.encode("utf-8"))
    work.say(
        Decision("texts.summary", "safe", SUMMARY, "what was done and what is left, for your colleagues")
    )


def _plan_readme(work: Work) -> None:
    """The section of the README that speaks of the old stack, by the recipe's."""
    path = next((p for p in work.app.tree.files if p.lower() == "readme.md"), None)
    data = work.now(path) if path else None
    if path is None or data is None or not work.recipe.section:
        return
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return
    lines = re.findall(r"[^\n]*\n|[^\n]+\Z", text.removeprefix(BOM))
    found = _section(work, lines)
    if found is None:
        return
    start, end = found
    newline = "\r\n" if lines[start].endswith("\r\n") else "\n"
    body = render(work.recipe.section, _values(work), name="README").strip().replace("\n", newline)
    level = _HEADING.match(lines[start].rstrip())
    head = f"{level[1] if level else '##'} {work.recipe.heading}{newline}{newline}"
    tail = newline + newline if end < len(lines) else newline
    after = "".join(lines[:start]) + head + body + tail + "".join(lines[end:])
    why = f"its heading is about {work.recipe.old}, and nothing else is in it"
    said = f"the section about {work.recipe.old} is about {work.recipe.new} now"
    shown = lines[start].strip()
    work.say(Decision("texts.readme", "safe", path, said, why, line=start + 1, before=shown))
    work.put(path, ((BOM if text.startswith(BOM) else "") + after).encode("utf-8"))


def _section(work: Work, lines: list[str]) -> tuple[int, int] | None:
    """The one section whose heading speaks of the old stack, without sections of its own; else None."""
    fenced = False
    heads: list[tuple[int, int, str]] = []
    for number, line in enumerate(lines):
        if _FENCE.match(line):
            fenced = not fenced
        elif not fenced and (found := _HEADING.match(line.rstrip())):
            heads.append((number, len(found[1]), found[2]))
    about = [index for index, head in enumerate(heads) if head[1] > 1 and work.recipe.speaks(head[2])]
    if len(about) != 1:
        return None
    index = about[0]
    start, level, _ = heads[index]
    following = heads[index + 1] if index + 1 < len(heads) else None
    if following and following[1] > level:
        return None  # it has sections of its own: a person decides about each
    return start, following[0] if following else len(lines)


def list_texts(work: Work) -> None:
    """Every line of text and every comment that still speaks of what went; nothing is done about them."""
    edited = {each.file for each in work.decisions if each.rule.startswith("services.docker")}
    for path in work.files():
        if not worth_reading(path) or path == SUMMARY:
            continue
        kind = kind_of(path)
        data = work.now(path)
        if kind == "lockfile" or not data or len(data) > 1_000_000 or b"\0" in data[:4096]:
            continue
        text = data.decode("utf-8", "replace")
        if not work.recipe.speaks(text) or (kind == "docker" and path in edited):
            continue
        rule = "texts.code" if is_source(path) else f"texts.{kind}"
        found = [n for n, line in enumerate(text.split("\n"), 1) if work.recipe.speaks(line[:2000])][:_MOST]
        if not found:
            continue
        more = f", and {len(found) - 1} more lines" if len(found) > 1 else ""
        shown = text.split("\n")[found[0] - 1].strip()[:120]
        said = f"speaks of {work.recipe.old}{more}"
        numbers = ", ".join(map(str, found[:12])) + (" …" if len(found) > 12 else "")
        work.say(
            Decision(rule, "refuse", path, said, f"line {numbers}", line=found[0], before=shown, done=False)
        )
