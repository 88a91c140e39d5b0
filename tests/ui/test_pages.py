"""Reports as Markdown, HTML and plain lines: nothing from a file can become markup."""

from __future__ import annotations

import os
import re
from pathlib import Path

from livekit_migrate.core.document import (
    Document,
    FileMap,
    Grid,
    Heading,
    Item,
    Items,
    MappedFile,
    Paragraph,
    code,
)
from livekit_migrate.core.result import ErrorInfo, Finding, Fix, Location, Result
from livekit_migrate.ui.blocks import lines
from livekit_migrate.ui.formats import Roots, render

ROOTS = Roots(Path("/p"), Path("/p"))
EVIL = "<b onload=x>|`a`|\n# h *s* [l](u) & \x1b[31m"
DOCUMENT = Document(
    f"Title {EVIL}",
    (
        Heading("Part"),
        Paragraph("- not a list, `code` and 1 < 2 *plain*"),
        Paragraph("Stop.", strong=True),
        Items([Item(f"do {code(EVIL)}", (f"below {code('a|b')}",))], "todo"),
        Items([Item("one"), Item("two")], "number"),
        Grid(("name", "n"), [(code(EVIL), "1"), ("a|b", "22")], frozenset({1})),
        FileMap([MappedFile(f"src/{EVIL}.ts", 10, 2, "2 calls")], "calls"),
    ),
)


def test_markdown() -> None:
    text = render("md", Result("scan", document=DOCUMENT), ROOTS)
    assert text.count("\n# ") == 0
    assert "\x1b" not in text
    assert "\n\\- not a list, `code` and 1 \\< 2 \\*plain\\*\n" in text
    assert "**Stop.**" in text
    assert "1. one\n2. two\n" in text
    assert "  - below `a|b`\n" in text, "outside of a table a bar is only a bar"
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert "| a\\|b | 22 |" in rows
    assert all(line.replace("\\|", "").count("|") in (3, 5) for line in rows)
    outside = re.sub(r"`[^`]*`", "", text)  # a span of code needs no escapes
    assert "<b onload" not in outside.replace("\\<", "")


def test_html() -> None:
    text = render("html", Result("scan", document=DOCUMENT), ROOTS)
    assert "<b onload" not in text
    assert "\x1b" not in text
    assert "<code>&lt;b onload=x&gt;" in text
    assert "<p class=strong>Stop.</p>" in text
    assert "default-src &#x27;none&#x27;" not in text, "the policy itself is ours"
    assert "default-src 'none'" in text


def test_lines_keep_to_the_width_and_words_stay_whole() -> None:
    long = Document(
        "T", (Grid(("a", "b"), [("x" * 10, "word " * 60)]), Paragraph("p" * 100 + " " + "q " * 90))
    )
    shown = [line for line, _ in lines(long)]
    assert "p" * 100 in shown
    assert all(len(line) <= 80 for line in shown if line != "p" * 100)


def test_without_a_report_findings_make_the_page() -> None:
    found = Finding("a.b", "fail", "it | broke", "why", location=Location("x.ts", 3), fix=Fix("mend it"))
    error = ErrorInfo("c", "it ended", hint="lkm up")
    for form in ("md", "html"):
        text = render(form, Result("keys check", findings=[found], error=error), ROOTS)
        for part in ("x.ts:3", "broke", "mend it", "it ended", "lkm up", "a.b"):
            assert part in text
    assert "Nothing to report" in render("md", Result("keys check"), ROOTS)


def test_names_that_are_no_text_are_shown() -> None:
    odd = Document("T", (Paragraph(code(os.fsdecode(b"latin-\xe9.ts"))),))
    for form in ("md", "html"):
        render(form, Result("scan", document=odd), ROOTS).encode("utf-8")
