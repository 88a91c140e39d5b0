"""The scan as JSON shows it: the keys of ``data``. They are only ever added to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .facts import Call, Site
from .rows import row

if TYPE_CHECKING:
    from .inventory import Scan


def shape(scan: Scan) -> dict[str, Any]:
    """``data`` of the document."""
    return {
        "root": str(scan.root),
        "summary": _summary(scan),
        "version": scan.version.to_dict(),
        "livekit": scan.livekit.to_dict(),
        "sites": [_site(site) for site in scan.sites],
        "adjacent_sites": [_site(site) for site in scan.protoo],
        "calls": [_call(call) for call in scan.calls],
        "artefacts": [each.to_dict() for each in scan.artefacts],
        "messages": [each.to_dict() for each in scan.messages],
        "questions": [each.to_dict() for each in scan.questions],
        "effort": scan.effort.to_dict(),
        "app": _app(scan),
        "unread": [
            {"file": each.file, "line": each.line, "kind": each.kind, "why": each.why} for each in scan.unread
        ],
    }


def actions(scan: Scan) -> dict[str, int]:
    """How many calls need what: an action of the mapping, or ``unknown`` to it."""
    counts = dict.fromkeys(("mechanical", "scaffold", "ask", "none", "report", "unknown"), 0)
    for call in scan.calls:
        found = row(call.row)
        counts[found.action if found else "unknown"] += 1
    return counts


def _summary(scan: Scan) -> dict[str, Any]:
    return {
        "files": len(scan.app.tree.files),
        "source_files": len(scan.sources),
        "files_with_mediasoup": len(scan.files),
        "sites": len(scan.sites),
        "calls": len(scan.calls),
        "calls_by_action": actions(scan),
        "artefacts": len(scan.artefacts),
        "messages": len(scan.messages),
        "questions": len(scan.questions),
    }


def _site(site: Site) -> dict[str, Any]:
    return {
        "file": site.file,
        "line": site.line,
        "column": site.column,
        "kind": site.kind,
        "specifier": site.specifier,
        "names": list(site.names),
        "package": site.package,
        "side": site.side,
    }


def _call(call: Call) -> dict[str, Any]:
    found = row(call.row)
    return {
        "file": call.file,
        "line": call.line,
        "column": call.column,
        "receiver": call.receiver,
        "method": call.method,
        "row": call.row,
        "type": call.type or None,
        "side": call.side,
        "event": call.event or None,
        "action": found.action if found else None,
        "livekit": found.livekit if found else None,
        "confidence": call.confidence,
        "why": call.why or None,
    }


def _app(scan: Scan) -> dict[str, Any]:
    app = scan.app
    return {
        "manager": {"name": app.manager.name, "version": app.manager.version or None},
        "lockfiles": app.lockfiles,
        "workspace": {
            "tools": list(app.workspace.tools),
            "patterns": list(app.workspace.patterns),
            "file": app.workspace.file or None,
        },
        "packages": [
            {
                "folder": folder or ".",
                "name": each.name or None,
                "member": each.member,
                "frameworks": [f.label for f in app.frameworks.get(folder, ())],
            }
            for folder, each in app.packages.items()
        ],
        "services": [
            {"name": each.name, "file": each.file, "line": each.line, "image": each.image or None}
            for each in app.services
        ],
        "submodules": [each.path for each in app.tree.submodules],
    }
