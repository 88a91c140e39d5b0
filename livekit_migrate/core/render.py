"""Templates: Jinja with delimiters that no TypeScript, YAML or shell file uses by itself."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import ConfigError
from .files import read_text

if TYPE_CHECKING:
    from jinja2 import Environment


@lru_cache(maxsize=1)
def _environment() -> Environment:
    import jinja2

    return jinja2.Environment(
        # `<% %>`: `{{ }}` is JSX, Vue, Helm and GitHub Actions.
        block_start_string="<%",
        block_end_string="%>",
        variable_start_string="<%=",
        variable_end_string="%>",
        comment_start_string="<%#",
        comment_end_string="%>",
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # noqa: S701 - source code and YAML, never HTML
    )


def render(text: str, values: Mapping[str, Any], *, name: str = "template") -> str:
    """A template filled in.

    Raises:
        ConfigError: a value it needs is missing, or the template itself is broken; with its line.
    """
    import jinja2

    try:
        return _environment().from_string(text).render(dict(values))
    except jinja2.UndefinedError as error:
        raise ConfigError(f"{name}{_line(error)}: {error.message}", code="template.missing-value") from error
    except jinja2.TemplateSyntaxError as error:
        raise ConfigError(f"{name}:{error.lineno}: {error.message}", code="template.syntax") from error


def _line(error: Exception) -> str:
    """Jinja rewrites the traceback so that its last frame is the template's own line."""
    import traceback

    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == "<template>"]
    return f":{frames[-1].lineno}" if frames else ""


def render_file(path: Path, values: Mapping[str, Any]) -> str:
    """``render`` of a file's text."""
    return render(read_text(path, what="template"), values, name=path.name)
