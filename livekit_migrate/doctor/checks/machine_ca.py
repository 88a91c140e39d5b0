"""A private certificate authority: whether the files that the variables name are there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ...core.result import Finding, Fix
from ..context import Context
from ..model import BOTH, Check, Fault

VARIABLES = {
    "SSL_CERT_FILE": "lkm, Python and Go",
    "SSL_CERT_DIR": "lkm, Python and Go",
    "REQUESTS_CA_BUNDLE": "the Docker SDK",
    "CURL_CA_BUNDLE": "curl",
    "NODE_EXTRA_CA_CERTS": "Node",
}


def _run(context: Context) -> Iterator[Finding]:
    given = {name: context.env[name] for name in VARIABLES if context.env.get(name)}
    for name, path in given.items():
        problem = _problem(Path(path), folder=name.endswith("DIR"))
        if problem:
            yield CHECK.found(
                "fail" if name.startswith("SSL") else "warn",
                f"{name}: {path}: {problem}",
                f"{VARIABLES[name]} then trust no certificate, or fail at once",
                fix=Fix("name the file of the authority, or take the variable away", f"unset {name}"),
                variable=name,
            )
    lone = "SSL_CERT_FILE" in given and "NODE_EXTRA_CA_CERTS" not in given
    if lone and (context.asked.settings and (context.root / "package.json").exists()):
        yield CHECK.found(
            "info",
            "SSL_CERT_FILE is set, NODE_EXTRA_CA_CERTS is not: Node does not know that authority",
            fix=Fix("tell Node, too", f"export NODE_EXTRA_CA_CERTS={given['SSL_CERT_FILE']}"),
        )
    said = ", ".join(f"{name}={path}" for name, path in given.items())
    yield CHECK.ok(f"certificates: {said}" if given else "certificates: those of the system", given=given)


def _problem(path: Path, *, folder: bool) -> str:
    try:
        if folder:
            return "" if path.is_dir() else "no such folder"
        text = path.read_bytes()
    except OSError as error:
        return (error.strerror or str(error)).lower()
    return "" if b"-----BEGIN" in text else "it holds no certificate (PEM)"


CHECK = Check(
    id="machine.ca",
    title="The files of certificate authorities are there",
    category="machine",
    order=30,
    modes=BOTH,
    run=_run,
    why="Where a proxy or a private authority signs certificates, each program has to be told of it by "
    "its own variable.",
    source="docs/platforms.md; nodejs.org/api/cli.html#node_extra_ca_certsfile",
    evidence="`ls -l $SSL_CERT_FILE $NODE_EXTRA_CA_CERTS`.",
    remedy="Name a PEM file with the authority's certificate in SSL_CERT_FILE, and for Node in "
    "NODE_EXTRA_CA_CERTS.",
    faults=(
        Fault(
            "SSL_CERT_FILE names a file that is gone",
            "SSL_CERT_FILE: …: no such file or directory",
            "curl: (77) error setting certificate file; Python: CERTIFICATE_VERIFY_FAILED",
        ),
    ),
)
