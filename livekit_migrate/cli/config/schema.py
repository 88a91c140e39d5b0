"""`lkm config schema`: the configuration as a JSON Schema, for editors."""

from __future__ import annotations

import json

from ...core.result import Result
from ..base import Run, command
from ..server_version import ServerVersion

HELP = "Print the configuration's JSON Schema, with which an editor completes and marks livekit.yaml."


@command("config schema")
def schema(
    run: Run,
    *,
    server_version: ServerVersion = None,
) -> Result:
    """Print the JSON Schema of livekit.yaml: every key with its type, default and variable.

    lkm config schema > livekit.schema.json

    One line at the top of livekit.yaml makes an editor with a YAML language server use it:

    # yaml-language-server: $schema=./livekit.schema.json

    Or in VS Code's .vscode/settings.json: "yaml.schemas": {"./livekit.schema.json": "livekit.yaml"}
    """
    from ...livekit.configcheck import schema as schemas
    from ...livekit.configcheck.editor import json_schema

    version = server_version or run.settings.text("server.version")
    known = schemas.load(schemas.nearest(version))
    made = json_schema(known)
    notes = []
    if schemas.release_of(version) != known.release:
        notes.append(f"nothing is known of livekit-server {version}: this is {known.version}'s")
    text = json.dumps(made, indent=1, ensure_ascii=False)
    data = {"server_version": version, "judged_as": known.version, "schema": made}
    return Result(run.command, data=data, payload=text, notes=notes)
