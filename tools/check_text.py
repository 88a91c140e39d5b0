"""Finds what must not be in any file of the repository: traces of the machine that a file was made on.

Locks and generated pages pick up package indexes and absolute paths by themselves; nobody else's machine has
them. Exit code 1 and one line per place when there are any.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# Escaped dots also keep this file from finding itself.
REGISTRIES = re.compile(
    r"pypi\.org|pythonhosted\.org|registry\.npmjs\.org|registry\.yarnpkg\.com|proxy\.golang\.org"
    r"|sum\.golang\.org|deb\.debian\.org|crates\.io/api"
)
# What a lock must not hold beside hashes: where a package was fetched from. Workspaces "resolve" to folders.
LOCATIONS = re.compile(
    r"--(extra-)?index-url|--find-links|--trusted-host|\"resolved\": \"[a-z+]+:|\s@ (file|https?):|\.whl\b"
)


def machine_paths() -> re.Pattern[str]:
    """This checkout and this user's home, where they are long enough to mean something."""
    places = [str(place) for place in (ROOT, Path.home()) if len(place.parts) > 2]
    fixed = [r"(?<![\w.\-}])/(?:root|work|workspace)/"]
    return re.compile("|".join([*(re.escape(place) + r"(?![\w.\-])" for place in places), *fixed]))


def files() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def problems(name: str, text: str, paths: re.Pattern[str]) -> list[str]:
    found = []
    is_lock = name.startswith("constraints/") or name.endswith("package-lock.json")
    for number, line in enumerate(text.splitlines(), 1):
        if match := REGISTRIES.search(line):
            found.append(f"{name}:{number}: host of a package registry: {match[0]}")
        if match := paths.search(line):
            found.append(f"{name}:{number}: absolute path of one machine: {match[0]}")
        if is_lock and (match := LOCATIONS.search(line)):
            found.append(f"{name}:{number}: a lock says where from, not only what: {match[0].strip()}")
    return found


def main() -> int:
    paths = machine_paths()
    names = files()
    found = []
    for name in names:
        try:
            text = (ROOT / name).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += problems(name, text, paths)
    print("\n".join(found) if found else f"check_text: {len(names)} files, nothing of one machine in them")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
