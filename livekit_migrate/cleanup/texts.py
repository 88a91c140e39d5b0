"""What is written for people: the summary, the README's section; and the list of text that still speaks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from ..core.files import BOM
from ..core.render import render
from ..scan.kinds import is_source, kind_of, worth_reading
from .work import Decision, Work

SUMMARY = "MIGRATION_SUMMARY.md"
MARK = "<!-- lkm cleanup -->"
"""The end of what a cleanup wrote."""
_BEGIN = "<!-- lkm cleanup: begin -->"
_INIT = "<!-- lkm init -->"
_OF_BOTH = re.compile(
    r"<!-- lkm: while both run -->[ \t]*\r?\n.*?<!-- lkm: end -->[ \t]*(?:\r?\n)*", re.DOTALL
)
_OURS = re.compile(rf"{re.escape(_BEGIN)}.*?{re.escape(MARK)}\s*", re.DOTALL)
_MOST = 400
_FENCE = re.compile(r"^\s*(```|~~~)")
# What tells people or machines how to start and reach the app.
_SAYS = ("docs", "ci", "script")
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
    path, old = _summary(work)
    if old is not None and MARK.encode() not in old and _INIT.encode() not in old:
        why = "there is one that lkm did not write"
        work.say(Decision("texts.summary", "refuse", path, "it stays as it is", why, done=False))
        return
    text = render(work.recipe.summary, _values(work), name=SUMMARY).rstrip() + f"\n\n{MARK}\n"
    said, why = "what was done and what is left, for your colleagues", ""
    before = (old or b"").decode("utf-8", "replace")
    if _INIT in before:
        over = not work.still or any(flag.name in work.variables for flag in work.recipe.flags)
        text = _behind(_OF_BOTH.sub("", before) if over else before, text)
        why = "what is true no more of what lkm init wrote there goes" if over else ""
    work.put(path, text.encode("utf-8"))
    work.say(Decision("texts.summary", "safe", path, said, why))


def _summary(work: Work) -> tuple[str, bytes | None]:
    """The summary's path and what is there now: one that `lkm init` wrote is gone on with."""
    found = [path for path in work.app.tree.files if path.rpartition("/")[2] == SUMMARY]
    for path in sorted(found, key=lambda each: each.count("/")):
        if _INIT.encode() in (work.before(path) or b""):
            return path, work.before(path)
    return SUMMARY, work.before(SUMMARY) if SUMMARY in work.app.files else None


def _behind(before: str, text: str) -> str:
    """The summary of `lkm init` with the cleanup's behind it, in place of that of an earlier one."""
    newline = "\r\n" if "\r\n" in before else "\n"
    kept = _OURS.sub("", before).rstrip()
    deeper = re.sub(r"^(#+ )", r"#\1", text, flags=re.MULTILINE)
    return kept + f"\n\n{_BEGIN}\n{deeper}".replace("\n", newline)


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


def list_texts(work: Work, ports: Iterable[str] = ()) -> None:
    """Every line of text and every comment that still speaks of what went; nothing is done about them.

    Args:
        ports: that close.
    """
    edited = {each.file for each in work.decisions if each.rule.startswith("services.docker")}
    summary = _summary(work)[0]
    names = _names_of_what_went(work, ports)
    for path in work.files():
        if not worth_reading(path) or path == summary:
            continue
        kind = kind_of(path)
        data = work.now(path)
        if kind == "lockfile" or not data or len(data) > 1_000_000 or b"\0" in data[:4096]:
            continue
        text = data.decode("utf-8", "replace")
        if names is not None and kind in _SAYS:
            _list_names(work, path, text, names)
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


def _names_of_what_went(work: Work, ports: Iterable[str]) -> re.Pattern[str] | None:
    """How text names ports that close, scripts that go and variables nobody reads any more."""
    single = "|".join(sorted(re.escape(port) for port in ports if "-" not in port))
    scripts = "|".join(sorted(map(re.escape, _scripts_gone(work)), key=len, reverse=True))
    variables = "|".join(sorted(map(re.escape, work.variables)))
    found = []
    if single:
        found.append(rf"(?::|\bports?[\s:`*]{{1,4}})(?:{single})(?!\w|\.\d)")
    if scripts:
        option = r"(?:--filter|-F|--workspace|-w|--prefix|-C)[ \t]+\S+|-[\w-]+(?:=\S+)?"
        run = rf"\b(?:npm|pnpm|yarn|bun)(?:[ \t]+(?:run|workspace[ \t]+\S+|{option}))*[ \t]+"
        found.append(rf"{run}(?:{scripts})(?![\w:-])")
    if variables:
        found.append(rf"(?<![\w$])(?:{variables})(?!\w)")
    return re.compile("|".join(found), re.IGNORECASE if not variables else 0) if found else None


def _scripts_gone(work: Work) -> set[str]:
    """Scripts that no package has any more."""
    before: set[str] = set()
    after: set[str] = set()
    for package in work.app.packages.values():
        before |= set(package.scripts)
        try:
            manifest = json.loads(work.now(package.file) or b"{}")
        except ValueError:
            return set()
        now = manifest.get("scripts") if isinstance(manifest, dict) else None
        after |= set(now if isinstance(now, dict) else ())
    return before - after


def _list_names(work: Work, path: str, text: str, names: re.Pattern[str]) -> None:
    lines = text.split("\n")
    found = [
        (number, match[0])
        for number, line in enumerate(lines, 1)
        if (match := names.search(line[:2000])) and not work.recipe.speaks(line[:2000])
    ][:_MOST]
    if not found:
        return
    line, said = found[0]
    numbers = ", ".join(str(number) for number, _ in found[:12]) + (" …" if len(found) > 12 else "")
    more = f", and {len(found) - 1} more lines" if len(found) > 1 else ""
    title = f"names what goes: {said.strip()}{more}"
    shown = lines[line - 1].strip()[:120]
    work.say(
        Decision("texts.names", "refuse", path, title, f"line {numbers}", line=line, before=shown, done=False)
    )
