"""Walking an app: what is left out, what is named, and that git itself would see the same files."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from livekit_migrate.app.tree import Tree, walk
from livekit_migrate.core.errors import ConfigError, UsageError
from tests.conftest import Ran, need
from tests.unprivileged import unprivileged_python, user_env, user_project

__all__ = ["user_env", "user_project"]

Make = Callable[[Mapping[str, str]], Path]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Write files into an empty folder."""

    def write(files: Mapping[str, str]) -> Path:
        root = tmp_path / "app"
        root.mkdir(exist_ok=True)
        put(root, files)
        return root

    return write


def put(root: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")


def git(root: Path, *argv: str) -> str:
    if not shutil.which("git"):
        need("git", "not installed")
    env = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    done = subprocess.run(["git", *argv], cwd=root, env=env, capture_output=True, text=True, check=True)
    return done.stdout


def test_what_is_ignored_fetched_or_built_is_left_out(make: Make) -> None:
    root = make(
        {
            ".gitignore": "*.log\n/private\n!keep.log\n",
            "a.ts": "",
            "b.log": "",
            "keep.log": "",
            "private/x.ts": "",
            "inner/private/y.ts": "",
            "inner/.gitignore": "y.ts\n!z.log\n",
            "inner/z.log": "",
            "node_modules/mediasoup/index.js": "",
            "inner/node_modules/mediasoup/index.js": "",
            ".next/server/a.js": "",
            ".git/HEAD": "",
            ".github/workflows/ci.yml": "",
        }
    )
    seen = walk(root)
    assert seen.files == (
        ".github/workflows/ci.yml",
        ".gitignore",
        "a.ts",
        "inner/.gitignore",
        "inner/z.log",
        "keep.log",
    )
    assert seen.ignored == 3


def test_rules_of_the_folders_above_count_inside_a_repository(make: Make) -> None:
    root = make(
        {
            ".gitignore": "apps/web/generated\nsecret.ts\n",
            ".git/info/exclude": "mine.ts\n",
            "apps/web/generated/a.ts": "",
            "apps/web/secret.ts": "",
            "apps/web/mine.ts": "",
            "apps/web/b.ts": "",
        }
    )
    assert walk(root / "apps" / "web").files == ("b.ts",)
    shutil.rmtree(root / ".git")
    assert "secret.ts" in walk(root / "apps" / "web").files, (
        "without a repository what lies above is not ours"
    )


NAMES = ["a", "b", "ab", "a.ts", "b.ts", "x y.ts", "[a]", "dist", "src", "ä.ts", "#c", "!d", "a?b", "-"]
PIECES = [
    *NAMES,
    "*",
    "**",
    "*.ts",
    "?",
    "a*",
    "[ab]",
    "[!a]",
    "[a-c].ts",
    "\\#c",
    "\\!d",
    "[[:alpha:]]",
    "\\[a\\]",
]


@st.composite
def patterns(draw: st.DrawFn) -> str:
    parts = draw(st.lists(st.sampled_from(PIECES), min_size=1, max_size=3))
    text = "/".join(parts)
    return (
        draw(st.sampled_from(["", "", "", "!"]))
        + draw(st.sampled_from(["", "", "/", "**/"]))
        + text
        + draw(st.sampled_from(["", "", "/", "/**", " ", "\\ ", "\t"]))
    )


paths = st.lists(st.sampled_from(NAMES), min_size=1, max_size=3).map("/".join)


@given(
    st.lists(paths, min_size=1, max_size=12),
    st.lists(patterns(), max_size=5),
    st.lists(patterns(), max_size=3),
)
@example(["a.ts", "a", "src/a.ts"], ["a.ts  "], ["!a.ts"])
@example(["x y.ts", "a/b", "a/c/b"], ["x\\ y.ts\\ ", "a/**/b/", "!a/*"], [])
@settings(max_examples=60, deadline=None)
def test_git_sees_the_same_files(
    tmp_path_factory: pytest.TempPathFactory, files: list[str], rules: list[str], inner: list[str]
) -> None:
    root = tmp_path_factory.mktemp("repo")
    try:
        for path in files:
            target = root / path
            if any(parent.is_file() for parent in target.parents) or target.exists():
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text("")
        (root / ".gitignore").write_text("\n".join(rules), encoding="utf-8")
        if (root / "src").is_dir() and not (root / "src" / ".gitignore").exists():
            (root / "src" / ".gitignore").write_text("\n".join(inner), encoding="utf-8")
        git(root, "init", "-q")
        listed = git(root, "ls-files", "-z", "--others", "--exclude-standard").split("\0")
        assert list(walk(root).files) == sorted(filter(None, listed))
    finally:
        shutil.rmtree(root)


def test_a_file_is_refused_with_the_folder_as_the_next_step(make: Make) -> None:
    root = make({"a.ts": ""})
    with pytest.raises(UsageError, match="is a file, a folder was expected") as caught:
        walk(root / "a.ts")
    assert caught.value.hint == f"lkm scan {root}"
    with pytest.raises(UsageError, match="no such folder"):
        walk(root / "nothing")


def test_a_bare_repository_is_refused(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--bare", "app.git")
    with pytest.raises(UsageError, match="is a bare git repository") as caught:
        walk(tmp_path / "app.git")
    assert "git clone" in caught.value.hint


def test_an_empty_folder_is_no_mistake(tmp_path: Path) -> None:
    assert walk(tmp_path) == Tree(tmp_path, ())


def test_links_are_not_followed_and_loops_end(make: Make) -> None:
    root = make({"src/a.ts": ""})
    (root / "src" / "loop").symlink_to(root)
    (root / "self").symlink_to("self")
    (root / "b.ts").symlink_to("src/a.ts")
    (root / "out").symlink_to("/")
    assert walk(root).files == ("src/a.ts",)


def test_odd_names_are_files_like_others(make: Make) -> None:
    root = make({"new\nline.ts": "", "tab\t.ts": "", "-rf": "", "süß 💥.ts": ""})
    (root / os.fsdecode(b"latin-\xe9.ts")).write_text("")
    assert set(walk(root).files) == {
        "new\nline.ts", "tab\t.ts", "-rf", "süß 💥.ts", os.fsdecode(b"latin-\xe9.ts")
    }  # fmt: skip


def test_what_is_no_regular_file_is_left_alone(make: Make) -> None:
    root = make({"a.ts": ""})
    os.mkfifo(root / "fifo.ts")
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(str(root / "s.ts"))
        assert walk(root).files == ("a.ts",)


def test_submodules_are_read_and_other_repositories_are_named(make: Make) -> None:
    root = make(
        {
            ".gitmodules": '[submodule "sfu"]\n\tpath = packages/sfu\n[submodule "x"]\n\tpath = absent\n',
            ".gitignore": "*.ts\n",
            "packages/sfu/.git": "gitdir: ../../.git/modules/sfu\n",
            "packages/sfu/index.ts": "",
            "clone/.git/HEAD": "",
            "clone/a.js": "",
        }
    )
    (root / "absent").mkdir()
    seen = walk(root)
    assert "packages/sfu/index.ts" in seen.files, "the rules of the outer repository end there"
    assert [(each.path, each.checked_out) for each in seen.submodules] == [
        ("absent", False),
        ("packages/sfu", True),
    ]
    assert seen.other_repositories == ("clone",)
    assert "clone/a.js" not in seen.files


def test_folders_one_may_not_read_are_named(user_project: Path, user_env: dict[str, str]) -> None:
    put(user_project, {"open/a.ts": "", "closed/b.ts": ""})
    (user_project / "closed").chmod(0)
    code = (
        "import sys; from pathlib import Path; from livekit_migrate.app.tree import walk\n"
        "seen = walk(Path(sys.argv[1]))\nprint(seen.files, [(p.path, p.why) for p in seen.problems])"
    )
    try:
        ran: Ran = unprivileged_python(code, str(user_project), cwd=user_project, env=user_env)
    finally:
        (user_project / "closed").chmod(0o755)
    assert ran.out == "('lkm.toml', 'open/a.ts') [('closed', 'permission denied')]\n", ran.err


def test_a_root_one_may_not_read_is_an_error(user_project: Path, user_env: dict[str, str]) -> None:
    (user_project / "closed").mkdir()
    (user_project / "closed").chmod(0)
    ran = unprivileged_python(
        "import sys; from pathlib import Path; from livekit_migrate.app.tree import walk\n"
        "from livekit_migrate.core.errors import ConfigError\n"
        "try: walk(Path(sys.argv[1]))\nexcept ConfigError as error: print(error.code, error.hint)",
        str(user_project / "closed"),
        cwd=user_project,
        env=user_env,
    )
    assert ran.out.startswith("file.permission look at its owner and mode: ls -ld "), ran.err
    assert issubclass(ConfigError, Exception)
