"""What Compose makes of .env lines: the recorded answers hold in both generations, and so do warnings."""

from __future__ import annotations

from pathlib import Path

from livekit_migrate.code import env
from tests import compose
from tests.code.test_env import COMPOSE, DISAGREE, LINES

PLAIN = ("A=plain", "A=with-./:@%+,=~_signs", 'A="two words"', "A='x'", "export A=1", "A=1 # why", "A=")


def environment(project: compose.Project, text: str) -> dict[str, str] | None:
    """The variables as Compose sees them; None where it refuses the file."""
    (project.folder / ".env").write_text(text, encoding="utf-8")
    ran = project.compose("config", "--environment")
    if ran.code:
        return None
    pairs = (line.partition("=") for line in ran.out.splitlines())
    return {name: value for name, _, value in pairs}


def test_lines_on_which_readers_disagree(tmp_path: Path, compose_env: dict[str, str]) -> None:
    (tmp_path / "compose.yaml").write_text("services: {x: {image: x}}\n")
    project = compose.Project(tmp_path, "lkm-env", compose_env)
    recorded = dict(zip(LINES, COMPOSE, strict=True))
    for line in DISAGREE:
        found = environment(project, line)
        values = recorded[line].get("values") if line in recorded else None
        if isinstance(values, dict):
            assert found is not None, line
            assert {name: found.get(name) for name in values} == values, line
        elif line in recorded:
            assert found is None, line
        read = env.parse(line.encode(), tmp_path / ".env")
        assert read.problems, f"nothing is said of {line!r}"


def test_lines_that_are_called_portable_are_read_alike(tmp_path: Path, compose_env: dict[str, str]) -> None:
    (tmp_path / "compose.yaml").write_text("services: {x: {image: x}}\n")
    project = compose.Project(tmp_path, "lkm-env", compose_env)
    for line in PLAIN:
        read = env.parse(line.encode(), tmp_path / ".env")
        assert not read.problems, line
        found = environment(project, line)
        assert found is not None, line
        assert found["A"] == read.values[0].value, line
