"""lkm.toml with a key set: everything else stays as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from livekit_migrate.core import journal, settings
from livekit_migrate.core.errors import ConfigError
from livekit_migrate.core.settings_edit import assign, keep

KEY = "compose.roles.livekit"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", '[compose.roles]\nlivekit = "sfu"\n'),
        ("# mine", '# mine\n\n[compose.roles]\nlivekit = "sfu"\n'),
        ("runtime = 'auto' # x\n", "runtime = 'auto' # x\n\n[compose.roles]\nlivekit = \"sfu\"\n"),
        ("a = 1\r\nb = 2\r\n", 'a = 1\r\nb = 2\r\n\r\n[compose.roles]\r\nlivekit = "sfu"\r\n'),
        (
            "[compose.roles]\n# who\nredis = 'cache'\n\n[ports]\nsignal = 1\n",
            "[compose.roles]\n# who\nredis = 'cache'\nlivekit = \"sfu\"\n\n[ports]\nsignal = 1\n",
        ),
        ("[compose.roles]", '[compose.roles]\nlivekit = "sfu"\n'),
        ("[compose.roles]\nlivekit = 'x'  # why\n", '[compose.roles]\nlivekit = "sfu"  # why\n'),
        ("compose.roles.livekit='x'\n", 'compose.roles.livekit="sfu"\n'),
        ("[compose]\nroles.livekit = 'x'\n", '[compose]\nroles.livekit = "sfu"\n'),
        ("\ufeff[compose.roles]\n", '\ufeff[compose.roles]\nlivekit = "sfu"\n'),
    ],
)
def test_only_that_key_changes(before: str, after: str) -> None:
    assert assign(before, KEY, "sfu") == after


@pytest.mark.parametrize(
    "before",
    [
        "compose = {roles = {livekit = 'x'}}\n",
        "compose.roles = {redis = 'x'}\n",
        "[compose.roles]\nlivekit = '''x\n[compose.roles]\n'''\n",
        "compose = 3\n",
    ],
)
def test_what_cannot_be_edited_is_refused_with_the_line_to_write(before: str) -> None:
    with pytest.raises(ConfigError) as refused:
        assign(before, KEY, "sfu")
    assert refused.value.hint == 'write it yourself: [compose.roles] livekit = "sfu"'


def test_a_file_is_made_and_can_be_taken_back(tmp_path: Path) -> None:
    changes = keep(settings.load(tmp_path, env={}), {KEY: "sfu", "compose.roles.redis": 'ca"che'}, "lkm x")
    journal.apply(changes)
    found = settings.load(tmp_path, env={})
    assert (found.text(KEY), found.text("compose.roles.redis")) == ("sfu", 'ca"che')
    journal.undo(tmp_path)
    assert not (tmp_path / "lkm.toml").exists()
