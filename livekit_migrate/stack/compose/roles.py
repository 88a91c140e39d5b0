"""Which service has which role: what lkm.toml says, else a guess."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...core.report import Reporter
from ...core.settings import Settings
from .. import compose_roles
from ..compose_roles import Role
from .containers import Row


def of_document(settings: Settings, document: Mapping[str, Any]) -> tuple[Role, ...]:
    """Of what `docker compose config` prints.

    Raises:
        ConfigError: lkm.toml names a service that there is not.
    """
    return compose_roles.assign(settings, compose_roles.facts(document))


def of_rows(settings: Settings, rows: Sequence[Row]) -> dict[str, str]:
    """Service → role, of containers alone: from their images."""
    facts = [compose_roles.Facts(row.service, row.image) for row in rows]
    names = {row.service for row in rows}
    found: dict[str, str] = {}
    for role in compose_roles.ROLES:
        named = settings.text(f"compose.roles.{role}")
        service = named if named in names else compose_roles.guess(role, facts).service
        if service:
            found.setdefault(service, role)
    return found


def by_service(roles: Sequence[Role]) -> dict[str, str]:
    """Service → role; a service that has two keeps the first."""
    found: dict[str, str] = {}
    for role in roles:
        if role.service:
            found.setdefault(role.service, role.role)
    return found


def keep(settings: Settings, reporter: Reporter, roles: Sequence[Role], command: str) -> None:
    """Say what was guessed, and write it into lkm.toml, where it can be corrected.

    Raises:
        ConfigError: lkm.toml cannot be edited.
    """
    from ...core.journal import apply
    from ...core.settings_edit import keep as kept

    for role in roles:
        if role.candidates:
            reporter.note(
                f"which service is {role.role}? {' or '.join(role.candidates)} ({role.reason}); "
                f'say so in lkm.toml: [compose.roles] {role.role} = "{role.candidates[0]}"'
            )
    guessed = [role for role in roles if role.guessed and role.service]
    if not guessed:
        return
    with reporter.step("roles") as step:
        apply(kept(settings, {f"compose.roles.{role.role}": role.service for role in guessed}, command))
        said = ", ".join(f"{role.role} is {role.service} ({role.reason})" for role in guessed)
        step.finish(f"{said}; kept in lkm.toml")
