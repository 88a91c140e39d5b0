"""What is no source code, or not by a person: it is named, the rest goes on, nothing crashes."""

from __future__ import annotations

import codecs
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livekit_migrate.scan.facts import FileFacts
from livekit_migrate.scan.kinds import LARGEST
from livekit_migrate.scan.read import read_source
from tests.scan.projects import calls, found, read

IMPORT = "import { Device } from 'mediasoup-client';\n"


def problems(facts: FileFacts) -> list[tuple[str, int | None]]:
    return [(problem.kind, problem.line) for problem in facts.problems]


def test_a_syntax_error_is_named_and_the_rest_is_read() -> None:
    code = IMPORT + "const = ;\nconst d = new Device();\nd.load({});\n"
    facts = read("a.ts", code)
    assert problems(facts) == [("syntax", 2)]
    assert [site.line for site in facts.sites] == [1]
    assert [call.method for call in calls({"a.ts": code})] == ["new Device", "load"]


def test_a_syntax_error_is_named_where_nothing_else_is_of_interest() -> None:
    assert problems(read("a.ts", "const a = {{\n")) == [("syntax", 1)]


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("a.js", IMPORT + "x" * 3000, "minified"),
        ("lib.min.js", IMPORT, "minified"),
        ("dist/a.js", IMPORT, "generated"),
        ("a.js", "(()=>{var __webpack_require__={}})();\n" + IMPORT, "generated"),
        ("a.js", IMPORT + "\0", "binary"),
        ("a.js", " " * (LARGEST + 1), "too-large"),
    ],
)
def test_what_nobody_wrote_is_named_and_has_no_sites(name: str, text: str, kind: str) -> None:
    facts = read_source(name, text.encode())
    assert problems(facts) == [(kind, None)]
    assert facts.sites == ()


@pytest.mark.parametrize(
    "raw",
    [
        IMPORT.encode(),
        codecs.BOM_UTF8 + IMPORT.encode(),
        codecs.BOM_UTF16_LE + IMPORT.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + IMPORT.encode("utf-16-be"),
        IMPORT.replace("\n", "\r\n").encode(),
        IMPORT.encode() + b"// caf\xe9\n",
    ],
)
def test_every_encoding_gives_the_same_site(raw: bytes) -> None:
    facts = read_source("a.ts", raw)
    assert [(s.line, s.column, s.specifier) for s in facts.sites] == [(1, 1, "mediasoup-client")]
    assert facts.problems == ()


def test_half_a_character_is_named() -> None:
    assert problems(read_source("a.ts", codecs.BOM_UTF16_LE + b"\0")) == [("binary", None)]


@pytest.mark.parametrize(
    ("before", "after"),
    [("[", "]"), ("(", ")"), ("{a:", "}"), ("() => {", "}"), ("if (a) {", "}"), ("<p>", "</p>")],
)
def test_deep_nesting_does_not_crash(before: str, after: str) -> None:
    code = IMPORT + f"{before}\n" * 3000 + "1" + f"\n{after}" * 3000
    facts = read_source("a.jsx", code.encode())
    assert {"too-deep", "syntax"} & {problem.kind for problem in facts.problems}
    assert [site.line for site in facts.sites] == [1]


@pytest.mark.parametrize("code", ["const a = {};", "type A = {};"])
@pytest.mark.parametrize("operator", ["+", "&&", "|", "&"])
def test_a_long_chain_is_not_deep(code: str, operator: str) -> None:
    if code.startswith("type") and operator not in "|&":
        return
    chain = f" {operator}\n".join(["B"] * 3000)
    facts = read_source("a.ts", (IMPORT + code.format(chain)).encode())
    assert problems(facts) == []
    assert len(facts.sites) == 1


@pytest.mark.parametrize("word", ["from", "import", "require", "import(", "require("])
def test_a_long_run_of_blanks_is_walked_once(word: str) -> None:
    """Walked once for every way to divide it, each of these takes hours."""
    blanks = "\n" * 900_000
    code = f"import './a';\n// {word}{blanks}require ( './b' )"
    assert read_source("a.ts", code.encode()).imports == ("./a", "./b")


def test_facts_are_what_a_worker_and_a_cache_can_pass_on() -> None:
    facts = read("a.ts", IMPORT + "socket.emit('a'); new Device().load({ iceServers: [] });")
    assert pickle.loads(pickle.dumps(facts)) == facts


def test_imports_that_lead_nowhere_or_in_a_circle() -> None:
    files = {
        "a.ts": "import { b } from './b';\nexport * from './b';\nexport const a = b;\nimport './gone';",
        "b.ts": "import 'mediasoup';\nimport { a } from './a';\nexport * from './a';\nexport let b = a;",
    }
    assert found(files) == []


TOKENS = (
    "const let { } ( ) [ ] => < > = ; , . ? : ' ` ${ & | a b class extends await export new this # / \\ é"
)
PIECES = st.sampled_from(
    [*IMPORT.split(), *TOKENS.split(), "Device", "window.mediasoupClient", "/*", "*/", "//", "\n", "\ufeff"]
)


@settings(max_examples=150, deadline=None)
@given(
    name=st.sampled_from(["a.ts", "a.tsx", "a.js", "a.vue", "a.html"]), pieces=st.lists(PIECES, max_size=40)
)
def test_no_text_crashes_it(name: str, pieces: list[str]) -> None:
    code = " ".join(pieces)
    found({name: f"<script>{code}</script>" if name in ("a.vue", "a.html") else code, "b.ts": IMPORT})
