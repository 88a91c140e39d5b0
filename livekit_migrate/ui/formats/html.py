"""HTML: a report as one page that needs nothing else: no script, no font, no picture from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from ...core.document import Block, FileMap, Grid, Heading, Item, Items, MappedFile, Paragraph, spans
from ...core.result import Result
from ...core.secret import redact
from ..text import visible
from . import Roots
from ._pages import page

# The policy is for what is not there: even a hole in the escaping could load and run nothing.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_STYLE = """
:root { color-scheme: light dark; --line: #8884; --dim: #777; --hot: 12 85% 50%; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.7rem; } h2 { margin-top: 2.2rem; border-bottom: 1px solid var(--line); }
h3 { margin-bottom: .2rem; }
code { font: .88em ui-monospace, monospace; background: #8881; padding: .1em .25em; border-radius: 3px;
  overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; margin: .8rem 0; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0;
  border-bottom: 1px solid var(--line); }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
.strong { font-weight: 600; }
ul.todo { list-style: none; padding-left: .3rem; } ul.todo > li::before { content: "☐ "; }
.map { display: flex; flex-direction: column; gap: .6rem; }
.folder { font-size: .8rem; color: var(--dim); }
.files { display: flex; flex-wrap: wrap; gap: 3px; }
.file { min-width: 4.2rem; height: 2.9rem; padding: .15rem .3rem; overflow: hidden; border-radius: 3px;
  font-size: .72rem; line-height: 1.25; border: 1px solid var(--line);
  background: hsl(var(--hot) / var(--heat)); }
.file b { display: block; white-space: nowrap; text-overflow: ellipsis; overflow: hidden; }
@media print { body { max-width: none; margin: 0; font-size: 10.5px; } h2, h3 { break-after: avoid; }
  tr, li, .file { break-inside: avoid; } * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
"""


def render(result: Result, roots: Roots) -> str:
    """The whole page."""
    it = page(result, roots)
    title = _inline(it.title)
    body = "\n".join("".join(_block(block)) for block in it.blocks)
    plain = escape(visible(it.title.replace("`", "")))
    return redact(
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{plain}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n{body}\n"
        "</body>\n</html>\n"
    )


def _block(block: Block) -> Iterator[str]:
    match block:
        case Heading():
            yield f"<h{block.level}>{_inline(block.text)}</h{block.level}>"
        case Paragraph():
            yield f"<p{' class=strong' if block.strong else ''}>{_inline(block.text)}</p>"
        case Items():
            tag = "ol" if block.form == "number" else "ul"
            kind = ' class="todo"' if block.form == "todo" else ""
            yield f"<{tag}{kind}>{''.join(_item(item) for item in block.items)}</{tag}>"
        case Grid():
            head = "".join(_cell("th", text, n in block.numbers) for n, text in enumerate(block.columns))
            yield f"<table><thead><tr>{head}</tr></thead><tbody>"
            for row in block.rows:
                yield "<tr>" + "".join(_cell("td", text, n in block.numbers) for n, text in enumerate(row))
                yield "</tr>"
            yield "</tbody></table>"
        case FileMap():
            yield from _map(block)


def _item(item: Item) -> str:
    below = "".join(f"<li>{_inline(line)}</li>" for line in item.below)
    return f"<li>{_inline(item.text)}{f'<ul>{below}</ul>' if below else ''}</li>"


def _cell(tag: str, text: str, number: bool) -> str:
    return f"<{tag}{' class=n' if number else ''}>{_inline(text)}</{tag}>"


def _map(block: FileMap) -> Iterator[str]:
    most = max((each.weight for each in block.files), default=1) or 1
    yield '<div class="map">'
    for folder, files in _by_folder(block.files):
        yield f'<div><div class="folder">{_text(folder or "(top)")}</div><div class="files">'
        for each in files:
            heat = 0.12 + 0.78 * each.weight / most
            name = each.path.rpartition("/")[2]
            said = f"{each.path}: {each.size} lines, {each.weight} {block.weight}. {each.note}"
            yield (
                f'<div class="file" style="flex: {max(1, each.size)} 1 auto; --heat: {heat:.2f}" '
                f'title="{_text(said)}"><b>{_text(name)}</b>{each.weight} · {each.size}</div>'
            )
        yield "</div></div>"
    yield "</div>"
    yield f"<p>Each box is a file: first its {_text(block.weight)}, then its lines.</p>"


def _by_folder(files: Iterable[MappedFile]) -> list[tuple[str, list[MappedFile]]]:
    found: dict[str, list[MappedFile]] = {}
    for each in files:
        found.setdefault(each.path.rpartition("/")[0], []).append(each)
    return sorted(found.items())


def _inline(text: str) -> str:
    return "".join(f"<code>{_text(part)}</code>" if is_code else _text(part) for part, is_code in spans(text))


def _text(text: str) -> str:
    return escape(visible(text).encode("utf-8", "backslashreplace").decode("utf-8"))
