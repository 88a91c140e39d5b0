"""code/env: .env files read as python-dotenv reads them, what Compose reads otherwise, edits as splices."""

from __future__ import annotations

import io
import json
import re
import sys
from pathlib import Path

import pytest
from dotenv.parser import parse_stream
from hypothesis import given, settings
from hypothesis import strategies as st

from livekit_migrate.code import env
from livekit_migrate.code.env import EnvFile
from livekit_migrate.core.errors import ConfigError
from tests.unprivileged import give, unprivileged_python

RECORD = Path(__file__).parent / "record"
LINES: list[str] = json.loads((RECORD / "env_lines.json").read_text())
COMPOSE: list[dict[str, object]] = json.loads((RECORD / "env_compose.json").read_text())


def file(text: str) -> EnvFile:
    return env.parse(text.encode(), Path("project/.env"))


def dotenv_reads(text: str) -> dict[str, str]:
    text = text.removeprefix("\ufeff")
    parsed = parse_stream(io.StringIO(text, newline=""))
    return {one.key: one.value for one in parsed if one.key is not None and one.value is not None}


@pytest.mark.parametrize(("text", "compose"), list(zip(LINES, COMPOSE, strict=True)), ids=map(repr, LINES))
def test_values_are_dotenvs_and_what_compose_reads_otherwise_is_named(
    text: str, compose: dict[str, object]
) -> None:
    # `compose` was recorded with compose-go 2.16.2 (record/main.go).
    read = file(text)
    values = {value.name: value.value for value in read.values}
    assert values == dotenv_reads(text)
    if compose.get("values") != values:
        assert read.problems, "Compose reads it differently, and nothing says so"
    for problem in read.problems:
        assert problem.why
        assert 1 <= problem.line <= text.count("\n") + text.count("\r") + 1


# The lines on which compose-go and python-dotenv were measured to disagree.
DISAGREE = [
    "A=abc$def",
    'A="abc$def"',
    "A=$X",
    "A=$$x",
    'A="\\$x"',
    "A=${U-d}",
    "A=${X:+a}",
    "A=${U:?m}",
    "A=${",
    "A=${1}",
    "A=p\t#c",
    "A: v",
    'A="x"y',
    'A="unterminated',
    "A='unterminated",
    "A B=v",
    "'A'=v",
    "A= # comment",
    "A='a\\\\b'",
]


@pytest.mark.parametrize("line", DISAGREE)
def test_every_disagreement_is_a_problem_at_its_line(line: str) -> None:
    read = file(f"# first\nB=1\n{line}\nC=2\n")
    assert 3 in {problem.line for problem in read.problems}
    found = read.get("A")
    assert found is None or (not found.portable and found.differs)


@pytest.mark.parametrize("line", ["A='${X}'", "export A=v", "A=v # c", 'A="hello world"', "A=a'b", "A="])
def test_what_both_read_alike_is_no_problem(line: str) -> None:
    assert not file(f"{line}\n").problems


@pytest.mark.parametrize(
    ("line", "portable"),
    [
        ("A=abc", True),
        ("A_1=ws://localhost:7880/x?", False),
        ("A=ws://localhost:7880", True),
        ("A=a-b._~:/@%+,=", True),
        ("a=lower", False),
        ("export A=v", False),
        ("A=v # c", False),
        (" A=v", False),
        ('A="v"', False),
        ("A=é", False),
        ("A=a b", False),
    ],
)
def test_portable_is_the_subset_for_every_reader(line: str, portable: bool) -> None:
    (value,) = file(f"\n\n{line}\n").values
    assert value.portable is portable
    assert value.line == 3


# Pieces that lead into the corners of both readers.
PIECES = st.sampled_from(
    [
        *(
            "A",
            "B",
            "=",
            "=",
            ":",
            " ",
            "\t",
            "#",
            "'",
            '"',
            "$",
            "\\",
            "\n",
            "\r\n",
            "\r",
            "export ",
            "export",
        ),
        *("x", "1", ".", "-", "n", "\xa0", "\x85", "\u2028", "\x0b", "é", "\ufeff", '"v"', "'v'", "A=v\n"),
    ]
)
TEXTS = st.lists(PIECES, max_size=18).map("".join)


@settings(max_examples=400, deadline=None)
@given(TEXTS)
def test_the_short_way_reads_what_dotenv_reads(text: str) -> None:
    read = EnvFile(Path(".env"), text)
    parsed = [one for one in parse_stream(io.StringIO(text, newline="")) if one.key and one.value is not None]
    assert [(v.name, v.value) for v in read.values] == [(one.key, one.value) for one in parsed]
    for value in read.values:
        assert value.name in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")[value.line - 1]


@settings(max_examples=400, deadline=None)
@given(TEXTS)
def test_setting_changes_that_value_only(text: str) -> None:
    before = EnvFile(Path(".env"), text)
    try:
        after = before.set("A", "new")
    except ConfigError:  # an open quote would swallow it: see the test of that
        return
    values = {value.name: value.value for value in before.values}
    assert {value.name: value.value for value in after.values} == values | {"A": "new"}
    comments = [line.strip() for line in re.split(r"[\r\n]", text) if line.lstrip().startswith("#")]
    kept = [line.strip() for line in re.split(r"[\r\n]", after.text) if line.lstrip().startswith("#")]
    assert kept[: len(comments)] == comments


def test_a_plain_file_is_read_without_python_dotenv() -> None:
    code = (
        "import sys; from pathlib import Path; from livekit_migrate.code.env import EnvFile\n"
        "text = '# c\\n\\nexport A=1\\nB=\"x y\" \\nC=\\'$z\\'\\nD=a b # c\\n'\n"
        "assert [v.value for v in EnvFile(Path('.env'), text).values] == ['1', 'x y', '$z', 'a b']\n"
        "assert 'dotenv' not in sys.modules\n"
    )
    import subprocess

    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "A=new\n"),
        ("B=1\n", "B=1\nA=new\n"),
        ("B=1", "B=1\nA=new"),
        ("B=1\r\nC=2\r\n", "B=1\r\nC=2\r\nA=new\r\n"),
        ("A=old\n", "A=new\n"),
        ("A=old", "A=new"),
        ("A=old\r\nB=1\r\n", "A=new\r\nB=1\r\n"),
        ("# A=old\nA=old # why\nB=1\n", "# A=old\nA=new # why\nB=1\n"),
        ("A=old\t# why\n", "A=new # why\n"),  # Compose would read the tab and the comment as the value
        ('  export A = "old" # why\n', "  export A=new # why\n"),
        ("A='two\nlines'\nB=1\n", "A=new\nB=1\n"),
        ("A=1\nB=1\nA=2\n", "A=1\nB=1\nA=new\n"),
        ("A=\nB=1\n", "A=new\nB=1\n"),
        ("A\nB=1\n", "A=new\nB=1\n"),
        ("\n\n  A=old\n\n", "\n\n  A=new\n\n"),
        ("A=a#b\n", "A=new\n"),
        ("A='a # b'\n", "A=new\n"),
    ],
)
def test_set_is_a_splice(before: str, after: str) -> None:
    assert file(before).set("A", "new").text == after


def test_bom_stays_and_is_no_part_of_the_name() -> None:
    read = env.parse(b"\xef\xbb\xbfA=old\n", Path(".env"))
    assert read.set("A", "new").to_bytes() == b"\xef\xbb\xbfA=new\n"


def test_a_line_is_added_behind_an_open_quote_and_the_quote_stays_a_problem() -> None:
    after = file('B=1\nC="open').set("A", "new")
    assert after.text == 'B=1\nC="open\nA=new'
    assert [(problem.line, "not closed" in problem.why) for problem in after.problems] == [(2, True)]


def test_lines_behind_a_dropped_one_with_crlf_keep_their_number() -> None:
    assert [value.line for value in file("A B\r\n\r\nC=v\r\n").values] == [3]


@pytest.mark.parametrize("value", ["a b", "a$b", "a\n", "a'b", 'a"b', "a#b", "é", "a\\b"])
def test_only_portable_values_are_written(value: str) -> None:
    with pytest.raises(ValueError, match="A: not a portable assignment"):
        file("").set("A", value)


def test_values_stay_out_of_representations() -> None:
    read = file("SECRET=canary-value\nBROKEN 'canary-value\n")
    assert "canary" not in repr((read, read.values, read.bindings, read.problems))


def test_a_missing_file_reads_as_empty(tmp_path: Path) -> None:
    read = env.read(tmp_path / ".env")
    assert not read.exists
    assert read.values == ()


def test_a_directory_is_an_error(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    with pytest.raises(ConfigError, match="is a directory") as caught:
        env.read(tmp_path / ".env")
    assert caught.value.code == "file.is-directory"


def test_not_utf8_is_named_with_line_and_column(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"A=1\nB=\xe9\n")
    with pytest.raises(ConfigError, match=r"\.env:2:3: not UTF-8"):
        env.read(tmp_path / ".env")


def test_an_unreadable_file_is_an_error_not_an_empty_one(
    user_project: Path, user_env: dict[str, str]
) -> None:
    path = user_project / ".env"
    path.write_text("A=1\n")
    path.chmod(0)
    give(user_project)
    code = (
        "import sys; from pathlib import Path; from livekit_migrate.code import env\n"
        "from livekit_migrate.core.errors import ConfigError\n"
        "try: env.read(Path(sys.argv[1]))\n"
        "except ConfigError as error: print(error.code)\n"
    )
    ran = unprivileged_python(code, str(path), cwd=user_project, env=user_env)
    assert ran.out == "file.permission\n", ran.err


@pytest.mark.parametrize(
    "name", [".env.example", "apps/web/.env.local.example", "env.dist", ".env.default", "sample.env"]
)
def test_a_file_that_only_shows_its_variables(name: str) -> None:
    assert env.is_example(name)


@pytest.mark.parametrize("name", [".env", ".env.production", "example/.env", ".env.distribution"])
def test_a_file_that_sets_its_variables(name: str) -> None:
    assert not env.is_example(name)
