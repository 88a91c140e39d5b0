#!/usr/bin/env python3
"""Write what livekit-server reads as its configuration, per version, from the server's own source.

    tools/config_schema.py 1.13.5 [VERSION…]

Compiles the server's module with tools/schema/*.go added to its main package and lets it describe itself by
reflection: every key with its Go type, every default, every flag with its variables and the keys it sets.
Writes livekit_migrate/livekit/configcheck/schemas/VERSION.json. Needs Go and its module proxy; some minutes.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

MODULE = "github.com/livekit/livekit-server"
HERE = Path(__file__).resolve().parent
TARGET = HERE.parent / "livekit_migrate/livekit/configcheck/schemas"


def main(versions: list[str]) -> int:
    if not versions or any(not re.fullmatch(r"\d+\.\d+\.\d+", version) for version in versions):
        print(__doc__, file=sys.stderr)
        return 2
    for version in versions:
        schema = extract(version)
        path = TARGET / f"{version}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(compact(schema), encoding="utf-8")
        print(f"{path.name}: {len(schema['defaults'])} leaves, {len(schema['flags'])} flags")
    return 0


def extract(version: str) -> dict[str, Any]:
    """The schema of one version, asked of the program itself."""
    env = {**os.environ, "GOFLAGS": "-buildvcs=false", "GOWORK": "off", "CGO_ENABLED": "0"}
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        download = ["go", "mod", "download", "-json", f"{MODULE}@v{version}"]
        found = subprocess.run(download, cwd=work, env=env, check=True, capture_output=True, text=True)
        module = Path(json.loads(found.stdout)["Dir"])
        cli = "v3" if "urfave/cli/v3" in (module / "go.mod").read_text(encoding="utf-8") else "v2"
        # A copy: Go does not let files of its module cache be overlaid.
        source, program, out = work / "source", work / "server", work / "schema.json"
        shutil.copytree(module, source, copy_function=shutil.copyfile)
        for folder_ in (source, source / "cmd", source / "cmd/server"):
            folder_.chmod(0o755)
        shutil.copyfile(HERE / "schema/dump.go", source / "cmd/server/lkm_dump.go")
        shutil.copyfile(HERE / f"schema/cli_{cli}.go", source / "cmd/server/lkm_cli.go")
        subprocess.run(
            ["go", "build", "-trimpath", "-o", str(program), "./cmd/server"], cwd=source, env=env, check=True
        )
        # Nothing of this shell may count as a flag.
        quiet = subprocess.DEVNULL
        bare = {"LKM_SCHEMA_OUT": str(out), "HOME": folder, "PATH": os.environ["PATH"]}
        subprocess.run([str(program)], cwd=work, env=bare, check=True, stdout=quiet, stderr=quiet)
        return {"version": version, **json.loads(out.read_text(encoding="utf-8"))}


def compact(schema: dict[str, Any]) -> str:
    """JSON with one line per type, default and flag, so that a difference between versions reads well."""
    lines = [f'"version": {json.dumps(schema["version"])}', f'"root": {json.dumps(schema["root"])}']
    for part in ("types", "messages", "enums", "defaults"):
        items = [f"  {json.dumps(name)}: {json.dumps(schema[part][name])}" for name in sorted(schema[part])]
        lines.append(f'"{part}": {{\n' + ",\n".join(items) + "\n }")
    flags = [f"  {json.dumps(flag)}" for flag in schema["flags"]]
    lines.append('"flags": [\n' + ",\n".join(flags) + "\n ]")
    return "{\n " + ",\n ".join(lines) + "\n}\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
