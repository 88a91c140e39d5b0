"""SARIF 2.1.0: what code scanning takes in, with fingerprints that a moved line does not change."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections import Counter
from typing import Any
from urllib.parse import quote

from ... import __version__
from ...core import exits
from ...core.result import Finding, Result
from ...core.secret import redact_value
from . import Roots, error_text, message, reported

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {"fail": "error", "warn": "warning", "info": "note", "skip": "note"}
_ROOT = "SRCROOT"


def render(result: Result, roots: Roots) -> str:
    """One run of one tool. Letters beyond ASCII are escaped: the stream may lack them."""
    findings = list(reported(result))
    rules = list(dict.fromkeys(finding.id for finding in findings))
    first = {finding.id: finding for finding in reversed(findings)}
    seen: Counter[str] = Counter()
    run = {
        "tool": {
            "driver": {
                "name": "lkm",
                "semanticVersion": __version__,
                "rules": [_rule(first[rule]) for rule in rules],
            }
        },
        "automationDetails": {"id": f"lkm/{result.command}/"},
        "originalUriBaseIds": {_ROOT: {"description": {"text": "the top folder of the repository"}}},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(result)],
        "results": [_result(finding, rules.index(finding.id), roots, seen) for finding in findings],
    }
    document = redact_value({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})
    return json.dumps(document, indent=2, allow_nan=False) + "\n"


def _rule(finding: Finding) -> dict[str, Any]:
    words = finding.id.replace(".", ": ").replace("-", " ")
    level = _LEVELS[finding.status]
    severity = {"error": "error", "warning": "warning", "note": "recommendation"}[level]
    return {
        "id": finding.id,
        "shortDescription": {"text": words},
        "fullDescription": {"text": words},
        "help": {"text": finding.fix.text if finding.fix else words},
        "defaultConfiguration": {"level": level},
        "properties": {"tags": [finding.category or "lkm"], "problem.severity": severity},
    }


def _result(finding: Finding, index: int, roots: Roots, seen: Counter[str]) -> dict[str, Any]:
    uri = _uri(roots.path(finding.location) or _nowhere(roots))
    mark = _mark(finding, uri)
    seen[mark] += 1
    location: dict[str, Any] = {"physicalLocation": {"artifactLocation": _artifact(uri)}}
    where = finding.location
    if where and roots.path(where) is None:
        location["logicalLocations"] = [{"fullyQualifiedName": str(where)}]
    elif where and where.line is not None:
        region = {"startLine": where.line} | ({"startColumn": where.column} if where.column else {})
        location["physicalLocation"]["region"] = region
    return {
        "ruleId": finding.id,
        "ruleIndex": index,
        "level": _LEVELS[finding.status],
        "message": {"text": message(finding, roots)},
        "locations": [location],
        "partialFingerprints": {"findingHash/v1": f"{mark}:{seen[mark]}"},
    }


def _nowhere(roots: Roots) -> str:
    """The file that stands for the project: code scanning refuses a result without one."""
    return os.path.relpath(roots.project / "lkm.toml", roots.repository).replace(os.sep, "/")


def _uri(path: str) -> str:
    """A path as a URI reference: relative as it is, absolute with the scheme."""
    quoted = quote(os.fsencode(path), safe="/~")
    return f"file://{quoted}" if path.startswith("/") else quoted


def _artifact(uri: str) -> dict[str, Any]:
    return {"uri": uri} if uri.startswith("file:") else {"uri": uri, "uriBaseId": _ROOT}


def _mark(finding: Finding, uri: str) -> str:
    """What makes it the same finding after an edit elsewhere: rule, file and subject; no line, no value."""
    subject = finding.evidence.get("key") or re.sub(r"\bline \d+|:\d+", "", finding.title)
    text = "\0".join((finding.id, uri, str(redact_value(subject))))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _invocation(result: Result) -> dict[str, Any]:
    said: dict[str, Any] = {
        "executionSuccessful": result.error is None,
        "exitCode": result.code,
        "exitCodeDescription": exits.MEANINGS.get(result.code, ""),
    }
    told = [
        _notification(finding.id, "note", f"{finding.title}: {finding.detail}")
        for finding in result.findings
        if finding.status == "skip"
    ]
    if result.error:
        told.append(_notification(result.error.code, "error", error_text(result.error)))
    return said | ({"toolExecutionNotifications": told} if told else {})


def _notification(code: str, level: str, text: str) -> dict[str, Any]:
    return {"descriptor": {"id": code}, "level": level, "message": {"text": text}}
