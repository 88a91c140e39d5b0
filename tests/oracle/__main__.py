"""`make oracle`: drawn configurations, judged by the real servers and by lint, and the figures of both."""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from livekit_migrate.livekit.configcheck import schema as schemas
from livekit_migrate.livekit.configcheck.check import examine
from livekit_migrate.livekit.configcheck.model import Facts

from . import mutations
from .judge import judge_all, missing

WANTED = 0.995  # of all verdicts are the same


@dataclass(slots=True)
class Figures:
    """How lint and the server agree on one version."""

    version: str
    cases: int = 0
    refused: int = 0
    laxer: list[str] = field(default_factory=list)
    stricter: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def same(self) -> float:
        return 1 - (len(self.laxer) + len(self.stricter)) / max(self.cases, 1)

    @property
    def good(self) -> bool:
        return not self.laxer and self.same >= WANTED

    def __str__(self) -> str:
        return (
            f"{self.version}: {self.cases} cases, {self.refused} refused, {self.same:.2%} the same, "
            f"lint laxer {len(self.laxer)}, stricter {len(self.stricter)}, {self.seconds:.0f} s"
        )


def compare(binary: Path, version: str, cases: Sequence[mutations.Case]) -> Figures:
    """Judge cases by both."""
    schema = schemas.load(schemas.nearest(version))
    figures = Figures(version, len(cases))
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        facts = Facts(keys={}, folder=Path(folder))
        verdicts = judge_all(binary, [case.text for case in cases])
        for case, verdict in zip(cases, verdicts, strict=True):
            checked = examine(case.text, version=schema.version, facts=facts)
            figures.refused += verdict.refused
            if checked.refused != verdict.refused:
                said = verdict.said or "; ".join(f.title for f in checked.findings if f.status == "fail")
                told = f"{case.made}: {said}\n    {case.text!r}"
                (figures.laxer if verdict.refused else figures.stricter).append(told)
    figures.seconds = time.monotonic() - start
    return figures


def drawn(version: str, count: int, seed: int) -> list[mutations.Case]:
    """Drawn cases of one version; the same seed gives the same ones."""
    rng = random.Random(f"{seed} {version}")
    schema = schemas.load(schemas.nearest(version))
    return [mutations.draw(rng, schema) for _ in range(count)]


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="make oracle ARGS=…", description=__doc__)
    parser.add_argument("--count", type=int, default=2000, help="drawn configurations per version")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--version", action="append", help="default: every version that is installed")
    parser.add_argument("--no-pairs", action="store_true", help="leave out the pairs of traps")
    options = parser.parse_args(argv)
    if lacking := missing():
        print(f"oracle: {lacking}", file=sys.stderr)
        return 3
    from livekit_migrate.core.paths import cache_dir

    print(f"seed {options.seed}")
    good = True
    for version in options.version or schemas.versions():
        binary = cache_dir() / "servers" / version / "livekit-server"
        if not os.access(binary, os.X_OK):
            print(f"{version}: not installed: lkm server install --version {version}", file=sys.stderr)
            good = False
            continue
        sets = [("drawn", drawn(version, options.count, options.seed))]
        if not options.no_pairs:
            sets.append(("pairs of traps", list(mutations.pairs(schemas.load(schemas.nearest(version))))))
        for name, cases in sets:
            figures = compare(binary, version, cases)
            print(f"{name}, {figures}", flush=True)
            for kind, found in (("LAXER", figures.laxer), ("stricter", figures.stricter)):
                for told in found:
                    print(f"  {kind}: {told}", flush=True)
            good = good and figures.good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
