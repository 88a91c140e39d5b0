"""The seam: one hook with two halves, chosen once; what the other half lacks is named, never stubbed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from livekit_migrate.core.errors import UsageError
from livekit_migrate.core.result import Finding
from tests.scaffold.apps import NEXT, VITE, init, package, planned, prints, write

HOOK = """\
    "use client";

    import { useState } from "react";
    import { Device } from "mediasoup-client";

    /** A call. */
    export function useCall() {
      const [device] = useState(() => new Device());
      return { device, join: () => device, peers: [] };
    }
    """
ROOM = """\
    import { useCall } from "./useCall";

    export function Room() {
      const { peers, join } = useCall();
      return <button onClick={join}>{peers.length}</button>;
    }
    """
CALL: Mapping[str, str] = {**NEXT, "src/call/useCall.ts": HOOK, "src/call/Room.tsx": ROOM}


def of(found: tuple[Finding, ...], wanted: str) -> list[Finding]:
    return [each for each in found if each.id == wanted]


def test_the_original_stays_and_the_name_chooses(tmp_path: Path) -> None:
    app = write(tmp_path, CALL)
    init(app, seams=("src/call/useCall.ts#useCall",))
    text = (app / "src/call/useCall.ts").read_text()
    assert 'import { useLiveKitCall } from "../livekit/useLiveKitCall";\n' in text
    assert "/** A call. */\nexport function useMediasoupCall() {\n" in text
    assert text.endswith(
        'export const USE_LIVEKIT = process.env.NEXT_PUBLIC_USE_LIVEKIT === "true";\n\n'
        "export const useCall: typeof useMediasoupCall = USE_LIVEKIT ? useLiveKitCall : useMediasoupCall;\n"
    )
    assert (app / "src/call/Room.tsx").read_text() == "\n".join(line[4:] for line in ROOM.split("\n"))
    assert "NEXT_PUBLIC_USE_LIVEKIT=false\n" in (app / ".env.example").read_text()


def test_a_second_run_and_a_teammate_s_agree(tmp_path: Path) -> None:
    app = write(tmp_path, CALL)
    init(app, seams=("src/call/useCall.ts#useCall",))
    before = prints(app)
    init(app)
    assert prints(app) == before
    assert not planned(app, seams=("src/call/useCall.ts#useCall",)).changes.files


def test_members_without_a_counterpart_are_named_where_they_are_used(tmp_path: Path) -> None:
    found = planned(write(tmp_path, CALL), seams=("src/call/useCall.ts#useCall",)).findings
    [one] = of(found, "init.seam-member")
    assert str(one.location) == "src/call/Room.tsx:4"
    assert one.evidence["members"] == ["peers"]


def test_candidates_are_named_when_no_seam_is(tmp_path: Path) -> None:
    [one] = of(planned(write(tmp_path, CALL)).findings, "init.seam-candidate")
    assert one.status == "info"
    assert str(one.location) == "src/call/useCall.ts:7"
    assert one.fix is not None
    assert one.fix.command == "lkm init --seam src/call/useCall.ts#useCall"


def test_a_hook_that_is_the_default(tmp_path: Path) -> None:
    hook = HOOK.replace("export function useCall", "export default function useCall")
    app = write(tmp_path, {**CALL, "src/call/useCall.ts": hook})
    init(app, seams=("src/call/useCall.ts#useCall",))
    text = (app / "src/call/useCall.ts").read_text()
    assert "\nexport function useMediasoupCall() {\n" in text
    assert "\nconst useCall: typeof useMediasoupCall = " in text
    assert text.endswith("\nexport default useCall;\n")


def test_an_arrow_function_in_vite_and_javascript(tmp_path: Path) -> None:
    hook = (
        "import { Device } from 'mediasoup-client'\n\n"
        "export const useCall = () => {\n  return new Device()\n}\n"
    )
    files = {
        "package.json": package("front", "react", "vite"),
        "src/main.jsx": VITE["src/main.tsx"].replace("!", "").replace(".tsx", ".jsx"),
        "src/App.jsx": "export default function App() {\n  return null\n}\n",
        "src/useCall.js": hook,
    }
    init(write(tmp_path, files), seams=("src/useCall.js#useCall",))
    assert (
        (tmp_path / "src/useCall.js")
        .read_text()
        .endswith(
            "export const USE_LIVEKIT = import.meta.env.VITE_USE_LIVEKIT === 'true'\n\n"
            "export const useCall = USE_LIVEKIT ? useLiveKitCall : useMediasoupCall\n"
        )
    )


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("src/call/none.ts#useCall", "is not FILE#EXPORT"),
        ("src/call/useCall.ts", "is not FILE#EXPORT"),
        ("src/call/useCall.ts#useOther", "has no function useOther"),
    ],
)
def test_what_is_no_seam_is_a_usage_error(tmp_path: Path, said: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        planned(write(tmp_path, CALL), seams=(said,))


def test_a_component_is_no_seam(tmp_path: Path) -> None:
    found = planned(write(tmp_path, CALL), seams=("src/call/Room.tsx#Room",)).findings
    [one] = of(found, "init.seam")
    assert one.status == "fail"
    assert "it is no hook" in one.detail
