"""Hooks and the rooms around them, over files."""

from __future__ import annotations

from pathlib import Path

import pytest

from livekit_migrate.doctor.checks.app_hook_outside import problems
from tests.doctor.source.small import said

LK = (
    "import { LiveKitRoom, RoomContext, useRoomContext, useTracks, useChat } from "
    '"@livekit/components-react";\n'
)
SAYS = "is called where no LiveKitRoom is around it"
CONTROLS = (
    LK + "export function Controls() {\n  const room = useRoomContext();\n  return <p>{room.name}</p>;\n}\n"
)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        # the page renders the room, and asks for it above
        (
            {
                "app/page.tsx": LK + "export default function Page() {\n  const room = useRoomContext();\n"
                "  return <LiveKitRoom><p>{room.name}</p></LiveKitRoom>;\n}\n"
            },
            [f"fail app/page.tsx:3 useRoomContext() {SAYS}"],
        ),
        # a component in another file, rendered beside the room
        (
            {
                "components/Controls.tsx": CONTROLS,
                "components/index.ts": 'export * from "./Controls";\n',
                "app/room/page.tsx": 'import { Controls } from "../../components";\n'
                + LK
                + "export default function Page() {\n  return <main><LiveKitRoom /><Controls /></main>;\n}\n",
            },
            [f"fail components/Controls.tsx:3 useRoomContext() {SAYS}"],
        ),
        # the same, inside of it
        (
            {
                "components/Controls.tsx": CONTROLS,
                "app/room/page.tsx": 'import { Controls } from "../../components/Controls";\n'
                + LK
                + (
                    "export default function Page() {\n"
                    "  return <LiveKitRoom><div><Controls /></div></LiveKitRoom>;\n}\n"
                ),
            },
            [],
        ),
        # through a hook of the app's own, and createRoot
        (
            {
                "src/useCall.js": LK + "export const useCall = () => useTracks();\n",
                "src/App.jsx": (
                    'import { useCall } from "./useCall";\n'
                    "export default function App() { useCall(); return <p />; }\n"
                ),
                "src/main.jsx": (
                    'import { StrictMode } from "react";\nimport App from "./App";\n'
                    "createRoot(document.body).render(<StrictMode><App /></StrictMode>);\n"
                ),
            },
            [f"fail src/useCall.js:2 useTracks() {SAYS}"],
        ),
        # it is handed the room
        (
            {
                "app/page.tsx": LK
                + (
                    "export default function Page() { useChat({ room }); useTracks([], options); return <p "
                    "/>; }\n"
                )
            },
            [],
        ),
        # a context that the app fills itself
        (
            {
                "c.tsx": CONTROLS,
                "app/page.tsx": 'import { Controls } from "../c";\n'
                + LK
                + (
                    "export default function Page() { return <RoomContext.Provider value={r}><Controls "
                    "/></RoomContext.Provider>; }\n"
                ),
            },
            [],
        ),
        # a wrapper of the app's own may be the provider
        (
            {
                "c.tsx": CONTROLS,
                "Call.tsx": LK
                + "export const Call = ({ children }) => <LiveKitRoom>{children}</LiveKitRoom>;\n",
                "app/page.tsx": 'import { Controls } from "../c";\nimport { Call } from "../Call";\n'
                "export default function Page() { return <Call><Controls /></Call>; }\n",
            },
            [],
        ),
        # a layout may be
        (
            {
                "app/layout.tsx": LK
                + (
                    "export default function Layout({ children }) { return "
                    "<LiveKitRoom>{children}</LiveKitRoom>; }\n"
                ),
                "app/page.tsx": LK + "export default function Page() { useRoomContext(); return <p />; }\n",
            },
            [],
        ),
        # handed on as a value: who renders it is not known
        (
            {
                "c.tsx": CONTROLS,
                "app/page.tsx": (
                    'import { Controls } from "../c";\n'
                    "export default function Page() { return <Slot of={Controls} />; }\n"
                ),
            },
            [],
        ),
        # nobody renders it
        ({"c.tsx": CONTROLS}, []),
    ],
)
def test_where_hooks_are(tmp_path: Path, files: dict[str, str], expected: list[str]) -> None:
    assert said(problems, tmp_path, files) == expected
