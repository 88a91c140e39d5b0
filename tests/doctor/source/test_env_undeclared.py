"""Variables that only code knows."""

from __future__ import annotations

from pathlib import Path

import pytest

from livekit_migrate.doctor.checks.env_undeclared import listed, problems
from tests.doctor.source.small import said

SAYS = "is read here, and no schema, .env file or service has it"
EXAMPLE = {".env.example": "LIVEKIT_URL=\n"}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (
            {"a.ts": "const s = process.env.LIVEKIT_API_SECRET!;", **EXAMPLE},
            [f"warn a.ts:1 LIVEKIT_API_SECRET {SAYS}"],
        ),
        ({"a.js": 'f(process.env["LIVEKIT_KEY"])', **EXAMPLE}, [f"warn a.js:1 LIVEKIT_KEY {SAYS}"]),
        (
            {"a.tsx": "const u = import.meta.env.VITE_CALL_URL;", **EXAMPLE},
            [f"info a.tsx:1 VITE_CALL_URL {SAYS}"],
        ),
        ({"a.ts": "const u = process.env.LIVEKIT_URL;", **EXAMPLE}, []),
        # something stands in for it, or it is a switch
        ({"a.ts": "const u = process.env.LIVEKIT_HOST ?? 'ws://localhost:7880';", **EXAMPLE}, []),
        ({"a.ts": "const on = process.env.USE_LIVEKIT === 'true';", **EXAMPLE}, []),
        (
            {"a.ts": "if (process.env.NODE_ENV) f(process.env.NODE_ENV, process.env.VERCEL_URL);", **EXAMPLE},
            [],
        ),
        (
            {"a.ts": "const u = process.env.LIVEKIT_HOST;\nconnect(u || 'ws://localhost:7880');", **EXAMPLE},
            [],
        ),
        (
            {
                "a.ts": "const u = process.env.LIVEKIT_HOST;\nif (!u || !v) throw new Error('no host');",
                **EXAMPLE,
            },
            [f"warn a.ts:1 LIVEKIT_HOST {SAYS}"],
        ),
        ({"a.ts": "const u = process.env.LIVEKIT_HOST;\nif (u) { record(u); }", **EXAMPLE}, []),
        ({"scripts/smoke.mjs": "f(process.env.LIVEKIT_SMOKE_URL)", **EXAMPLE}, []),
        # the places that count
        (
            {
                "env.ts": (
                    'import { z } from "zod";\nexport const env = z.object({ LIVEKIT_API_KEY: z.string() });'
                ),
                "a.ts": "f(process.env.LIVEKIT_API_KEY)",
            },
            [],
        ),
        (
            {
                "env.ts": "export const env = createEnv({ server: { LIVEKIT_API_KEY: str() } });",
                "a.ts": "f(process.env.LIVEKIT_API_KEY, process.env.LIVEKIT_OTHER)",
            },
            [f"warn a.ts:1 LIVEKIT_OTHER {SAYS}"],
        ),
        (
            {
                "docker-compose.yml": (
                    "services:\n  web:\n    image: web\n    environment:\n      LIVEKIT_API_KEY: k\n"
                ),
                "a.ts": "f(process.env.LIVEKIT_API_KEY)",
            },
            [],
        ),
        ({".env": "LIVEKIT_API_KEY=a\n", "a.ts": "f(process.env.LIVEKIT_API_KEY)", **EXAMPLE}, []),
        # nothing here says what is needed, so nothing is missing from it
        ({"a.ts": "f(process.env.LIVEKIT_API_KEY)"}, []),
        # a test's own
        ({"a.test.ts": "f(process.env.LIVEKIT_TEST_ROOM)", **EXAMPLE}, []),
        # another `process`
        ({"a.ts": "function g(process) { f(process.env.LIVEKIT_X); }", **EXAMPLE}, []),
    ],
)
def test_where_a_name_may_stand(tmp_path: Path, files: dict[str, str], expected: list[str]) -> None:
    assert said(problems, tmp_path, files) == expected


def test_the_fix_adds_the_name_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / ".env.example").write_text("# all of them\nA=1\n")
    (edit,) = listed(tmp_path, ".env.example", "LIVEKIT_URL").changes
    assert edit.after == b"# all of them\nA=1\nLIVEKIT_URL=\n"
