"""`lkm token`: an access token for LiveKit, alone on stdout."""

from __future__ import annotations

import inspect
import sys
from typing import Annotated, Any, Literal

import typer

from ...core.errors import UsageError
from ...core.result import Result
from ...livekit import tokens
from ...livekit.grants import BY_NAME, GRANTS, KINDS, PRESETS, SOURCES, Grant, Preset
from ..base import Run, command, group
from ..token_group import TokenGroup

HELP = "Create an access token, read one, or verify one as the server does."
ORDER = 12

_DAY = 86400


def _create(  # noqa: PLR0917 - typer calls it by keyword
    run: Run,
    ctx: typer.Context,
    room: Annotated[
        str | None, typer.Option("--room", "-r", help="The room it is for (default: made up).")
    ] = None,
    identity: Annotated[
        str | None,
        typer.Option("--identity", "-i", help="Who it is for, unique in the room (default: made up)."),
    ] = None,
    name: Annotated[str | None, typer.Option(help="Display name.")] = None,
    ttl: Annotated[str, typer.Option(help="How long it is valid: 90s, 6h, 7d, 1h30m.")] = "6h",
    metadata: Annotated[str | None, typer.Option(help="The participant's metadata, any text.")] = None,
    attribute: Annotated[
        list[str] | None, typer.Option(metavar="K=V", help="A participant's attribute; repeatable.")
    ] = None,
    kind: Annotated[
        str | None, typer.Option(metavar="KIND", help=f"Kind of participant: {', '.join(KINDS)}.")
    ] = None,
    room_preset: Annotated[
        str | None, typer.Option(help="A room_configurations entry of the server's configuration.")
    ] = None,
    room_config: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="RoomConfiguration (JSON or YAML) for a room that it creates."),
    ] = None,
    sha256: Annotated[
        str | None, typer.Option(metavar="HASH", help="Base64 SHA-256 of a body that it signs (webhooks).")
    ] = None,
    count: Annotated[
        int,
        typer.Option(metavar="N", help="Make N tokens, each for an identity of its own.", show_default=False),
    ] = 1,
    output: Annotated[
        Literal["lines", "json", "env"],
        typer.Option("--format", help="One token a line, a JSON array, or LIVEKIT_TOKEN= lines."),
    ] = "lines",
    **chosen: Any,
) -> Result:
    """Create an access token and print it, and nothing else, on stdout.

    The key comes from LIVEKIT_API_KEY and LIVEKIT_API_SECRET in the shell, else from the project's .env.
    One preset at most; a single grant overrides it: `lkm token -r demo --subscriber --can-publish-data`.
    """
    from pathlib import Path

    from ...livekit.keys import find_pair

    del ctx
    _check_count(count)
    made_room = room is None and _nothing_chosen(chosen)
    if made_room:  # nothing was asked for but a token: one that can be tried, for a room where nobody is
        room = _made_up("room")
    preset, grants = _grants(chosen, room)
    seconds = tokens.parse_ttl(ttl)
    made_up = identity is None and bool(grants.get("room_join"))
    if made_up:
        identity = _made_up("user")
    attributes = _attributes(attribute) if attribute else None
    _check_sizes(room, identity, metadata, attributes, name)
    if kind is not None and kind not in KINDS:
        raise UsageError(
            f"--kind {kind}: no such kind of participant",
            code="token.kind",
            hint=f"one of {', '.join(KINDS)}",
        )
    identities = _identities(identity, count, joins=bool(grants.get("room_join")))
    found = find_pair(run.settings)
    content = tokens.claims(
        found.pair.key,
        room=room,
        identity=identities[0],
        grants=grants,
        ttl=seconds,
        name=name,
        metadata=metadata,
        attributes=attributes,
        kind=kind or (preset.kind if preset else None),
        sha256=sha256,
        room_preset=room_preset,
        room_config=tokens.read_room_config(Path(room_config)) if room_config is not None else None,
    )
    if made_room:
        run.reporter.note(f"room: {room} (made up; --room names one)")
    if made_up:
        who = identity if count == 1 else f"{identities[0]} … {identities[-1]}"
        run.reporter.note(f"identity: {who} (made up; --identity names one)")
    if seconds > 30 * _DAY:
        run.reporter.note(
            f"valid for {seconds // _DAY:,} days, and nothing but replacing its key can withdraw it"
        )
    if sys.stderr.isatty() and not run.as_json:
        where = f"room {room}, " if room else ""
        run.reporter.note(f"{where}valid for {ttl}, signed with {found.pair.key} ({found.key_origin})")
        for note in found.notes:
            run.reporter.note(note)
    made = [tokens.sign(content | {"sub": one or ""}, found.pair) for one in identities]
    data = {
        "token": made[0],
        "room": room,
        "identity": identities[0],
        "ttl_seconds": seconds,
        "key": found.pair.key,
        "key_origin": found.key_origin,
        "secret_origin": found.secret_origin,
        "claims": content,
        "tokens": [{"identity": one, "token": token} for one, token in zip(identities, made, strict=True)],
    }
    payload = _written(made, identities, room, output)
    return Result(run.command, data=data, payload=payload, revealed=frozenset({"token", "tokens"}))


def _nothing_chosen(chosen: dict[str, Any]) -> bool:
    """Whether neither a preset nor a grant was named, not even with --no-…"""
    return all(chosen[grant.name] is None for grant in GRANTS) and not any(
        chosen[_preset_key(preset)] for preset in PRESETS
    )


def _made_up(what: str) -> str:
    import secrets

    return f"{what}-{secrets.token_hex(4)}"


_MOST = 10_000


def _check_count(count: int) -> None:
    if not 1 <= count <= _MOST:
        raise UsageError(f"--count {count}: between 1 and {_MOST:,} tokens", code="token.count")


def _identities(identity: str | None, count: int, *, joins: bool) -> list[str | None]:
    """One identity for each token: ``ada-1``, ``ada-2``; the server lets each into a room once."""
    if count == 1:
        return [identity]
    if not joins:
        raise UsageError(
            f"--count {count}: only tokens that join differ from one another",
            code="token.count",
            hint=f"lkm token --room NAME --count {count}",
        )
    names: list[str | None] = [f"{identity}-{number}" for number in range(1, count + 1)]
    _check_sizes(None, names[-1], None, None, None)
    return names


def _written(made: list[str], identities: list[str | None], room: str | None, output: str) -> str:
    if output == "json":
        import json

        listed = [
            {"identity": one, "room": room, "token": token}
            for one, token in zip(identities, made, strict=True)
        ]
        return json.dumps(listed, ensure_ascii=sys.stdout.encoding.lower() not in ("utf-8", "utf8"), indent=1)
    if output == "env":
        if len(made) == 1:
            return f"LIVEKIT_TOKEN={made[0]}"
        return "\n".join(f"LIVEKIT_TOKEN_{number}={token}" for number, token in enumerate(made, 1))
    return "\n".join(made)


def _grants(chosen: dict[str, Any], room: str | None) -> tuple[Preset | None, dict[str, Any]]:
    """The preset, and the grants that it and the single options add up to."""
    presets = [preset for preset in PRESETS if chosen[_preset_key(preset)]]
    if len(presets) > 1:
        said = " and ".join(f"--{preset.name}" for preset in presets)
        raise UsageError(
            f"{said} exclude each other",
            code="token.presets",
            hint=f"take one, and add single grants: lkm token --{presets[0].name} --can-publish …",
        )
    preset = presets[0] if presets else None
    single = {grant.name: chosen[grant.name] for grant in GRANTS if chosen[grant.name] is not None}
    if "can_publish_sources" in single:
        single["can_publish_sources"] = _sources(single["can_publish_sources"])
    grants: dict[str, Any] = dict(preset.grants) if preset else {}
    if room is None and preset and not preset.needs_room:
        grants["room_join"] = None
    elif room is not None and not preset:
        grants["room_join"] = True
    grants.update(single)
    grants = {name: value for name, value in grants.items() if value is not None}
    if room is None:
        needing = [name for name in ("room_join", "room_admin", "destination_room") if grants.get(name)]
        if needing or not any(BY_NAME[name].alone and value for name, value in grants.items()):
            reason = f"--{preset.name}" if preset and preset.needs_room else ""
            if needing and not reason:
                reason = f"--{BY_NAME[needing[0]].option}"
            raise UsageError(
                f"{reason} needs a room" if reason else "which room is the token for?",
                code="token.room",
                detail="without a room only these make sense: "
                + ", ".join(f"--{grant.option}" for grant in GRANTS if grant.alone)
                + ", --agent",
                hint=f"lkm token {reason + ' ' if reason else ''}--room NAME",
            )
    return preset, grants


def _sources(text: str) -> list[str]:
    sources = [word.strip() for word in text.split(",") if word.strip()]
    for source in sources:
        if source not in SOURCES:
            raise UsageError(
                f"--can-publish-sources: {source!r} is no track source",
                code="token.source",
                hint=f"any of {', '.join(SOURCES)}, with commas between",
            )
    return sources


def _attributes(pairs: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise UsageError(
                f"--attribute {pair}: not K=V", code="token.attribute", hint="--attribute role=host"
            )
        if name in found:
            raise UsageError(f"--attribute {name}: given twice", code="token.attribute")
        found[name] = value
    return found


def _check_sizes(
    room: str | None,
    identity: str | None,
    metadata: str | None,
    attributes: dict[str, str] | None,
    name: str | None,
) -> None:
    """What livekit-server (1.13.5, its default limits) refuses later, refused here."""
    for option, text in (("--room", room), ("--identity", identity)):
        if text is None:
            continue
        if not text:
            raise UsageError(f"{option}: is empty", code="token.empty")
        if _size(option, text) > tokens.LONGEST_NAME:
            raise UsageError(
                f"{option}: {_size(option, text)} bytes are too many for livekit-server "
                f"(at most {tokens.LONGEST_NAME}, as UTF-8)",
                code="token.too-long",
            )
    _size("--name", name or "")
    too_large = [
        ("--metadata", _size("--metadata", metadata or ""), tokens.LARGEST_METADATA),
        (
            "--attribute",
            sum(_size("--attribute", text) for item in (attributes or {}).items() for text in item),
            tokens.LARGEST_ATTRIBUTES,
        ),
    ]
    for option, size, limit in too_large:
        if size > limit:
            raise UsageError(
                f"{option}: {size:,} bytes are too many for livekit-server (at most {limit:,} in all)",
                code="token.too-long",
            )


def _size(option: str, text: str) -> int:
    try:
        return len(text.encode("utf-8"))
    except UnicodeEncodeError as error:
        raise UsageError(f"{option}: not UTF-8", code="token.not-utf8") from error


def _preset_key(preset: Preset) -> str:
    return f"preset_{preset.name}"


def _option(grant: Grant) -> inspect.Parameter:
    if grant.kind == "flag":
        option = typer.Option(
            f"--{grant.option}/--no-{grant.option}",
            help=grant.help,
            rich_help_panel="Grants",
            show_default=False,
        )
        annotation: Any = Annotated[bool | None, option]
    else:
        metavar = "LIST" if grant.kind == "sources" else "ROOM"
        option = typer.Option(f"--{grant.option}", metavar=metavar, help=grant.help, rich_help_panel="Grants")
        annotation = Annotated[str | None, option]
    return inspect.Parameter(grant.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


def _preset_option(preset: Preset) -> inspect.Parameter:
    option = typer.Option(f"--{preset.name}", help=preset.help, rich_help_panel="Presets")
    annotation = Annotated[bool, option]
    return inspect.Parameter(
        _preset_key(preset), inspect.Parameter.KEYWORD_ONLY, default=False, annotation=annotation
    )


def _with_grants() -> inspect.Signature:
    """The function's own options, then one for every preset and grant of the table."""
    own = [p for p in inspect.signature(_create, eval_str=True).parameters.values() if p.name != "chosen"]
    made = [*map(_preset_option, PRESETS), *map(_option, GRANTS)]
    return inspect.Signature([*own, *made])


_create.__signature__ = _with_grants()  # type: ignore[attr-defined]
app = group(
    HELP,
    cls=TokenGroup,
    invoke_without_command=True,
    no_args_is_help=False,
    least_columns=110,  # --can-update-own-metadata and its --no-… side by side
)
app.callback(help=_create.__doc__)(command("token")(_create))
