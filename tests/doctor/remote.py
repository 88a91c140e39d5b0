"""`lkm doctor --url` as a user runs it, and what it says read back."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from ..conftest import KEY, ROOT, SECRET, Ran, clean_environment
from ..fakes.server import TLS

TRUSTED = TLS / "root.pem"
"""The authority that signed the certificates of these tests, but for those that nobody trusts."""


def doctor(
    folder: Path,
    url: str,
    *options: str,
    prefix: tuple[str, ...] = (),
    env: Mapping[str, str] | None = None,
    key: str | None = KEY,
    secret: str = SECRET,
) -> Ran:
    """Run it in an empty folder.

    Args:
        prefix: before the program, such as ``("ip", "netns", "exec", NAME)``.
        key: None: without one.
    """
    mine = {k: v for k, v in clean_environment(folder).items() if not k.lower().endswith("_proxy")}
    mine |= {"SSL_CERT_FILE": str(TRUSTED), "PYTHONPATH": str(ROOT)}
    mine.pop("SSL_CERT_DIR", None)
    if key is not None:
        mine |= {"LIVEKIT_API_KEY": key, "LIVEKIT_API_SECRET": secret}
        options = ("--key-from-env", *options)
    if "--timeout" not in options:  # a machine that stalls is no fault: what is bounded has tests of its own
        options = ("--timeout", "120s", *options)
    empty = folder / "nowhere"
    empty.mkdir(exist_ok=True)
    done = subprocess.run(
        [*prefix, sys.executable, "-m", "livekit_migrate", "doctor", "--url", url, *options],
        cwd=empty,
        env={**mine, **(env or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def problems(ran: Ran) -> list[str]:
    """The causes that it names, failures and warnings, the first one first: ``fail TITLE``."""
    found = re.findall(r"^[✗!] ((?:fail|warn) .*?)(?:  [0-9.]+ m?s)?$", ran.out, re.MULTILINE)
    assert not any("itself is broken" in one for one in found), ran.out
    return found


def symptoms(ran: Ran) -> list[str]:
    """What it folds under the causes, but for what was not looked at."""
    return re.findall(r"^    [✗!] ((?:fail|warn) so also: .*)$", ran.out, re.MULTILINE)


def blames(ran: Ran, cause: str, *others: str) -> None:
    """The cause stands within the first three lines, and nothing unrelated fails or warns."""
    assert cause in "\n".join(ran.out.splitlines()[:3]), ran.out
    found = problems(ran)
    assert len(found) == 1 + len(others), ran.out
    for said, expected in zip(found[1:], others, strict=True):
        assert expected in said, ran.out


def paragraph(ran: Ran) -> str:
    """What it ends in."""
    return ran.out.rstrip("\n").rpartition("\n")[2]


def healthy(ran: Ran) -> None:
    """No cause, and exit code 0."""
    assert (ran.code, problems(ran)) == (0, []), ran.out
    assert paragraph(ran).endswith("A call from this machine's network connects."), ran.out
