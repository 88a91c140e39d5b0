""".env files without some variables."""

from __future__ import annotations

import re
from pathlib import Path

from livekit_migrate.code.env import parse
from livekit_migrate.code.env_cut import without

SFU = re.compile("sfu", re.IGNORECASE)


def cut(text: str, *names: str) -> str:
    return without(parse(text.encode(), Path(".env")), names, SFU).text


def test_a_paragraph_goes_with_its_comment_and_one_blank_line() -> None:
    assert cut("A=1\n\n# where the sfu is\nSFU=1\n\nB=2\n", "SFU") == "A=1\n\nB=2\n"


def test_a_comment_that_may_speak_of_the_next_stays() -> None:
    assert cut("# addresses\nSFU=1\nWEB=2\n", "SFU") == "# addresses\nWEB=2\n"
    assert cut("# of the SFU\nSFU=1\nWEB=2\n", "SFU") == "WEB=2\n"


def test_commented_assignments_and_values_of_several_lines_go_too() -> None:
    assert cut('A=1\n# SFU=old\nSFU="one\ntwo"\nB=2\n', "SFU") == "A=1\nB=2\n"


def test_line_ends_stay_as_they_are() -> None:
    assert cut("A=1\r\nSFU=2\r\nB=3", "SFU") == "A=1\r\nB=3"
    assert cut("A=1\r\nSFU=2", "SFU") == "A=1"
    assert cut("A=1\n\nSFU=2\n", "SFU") == "A=1\n"


def test_other_names_stay_to_the_byte() -> None:
    text = "SFU_2=1\nMY_SFU=2\nexport B='x' # y\n"
    assert cut(text, "SFU") == text
