<% if web == "next" %>
"use client";

<% endif %>
import { RoomContext } from "@livekit/components-react";
import { useEffect, useState, useSyncExternalStore } from "react";
import type { ReactNode } from "react";

import { createLiveKitCall } from "./call";
import { LiveKitCallContext } from "./context";

/**
 * Holds the one call of this page; mount it in the layout, so that the call outlives a change of the page.
 * Nothing connects before `join`. LiveKit's own components find the room in its context.
 */
export function LiveKitProvider({ children }: { children: ReactNode }) {
  const [{ room, subscribe, getCall, actions }] = useState(createLiveKitCall);
  const call = useSyncExternalStore(subscribe, getCall, getCall);

  useEffect(
    () => () => {
      void actions.leave();
    },
    [actions],
  );

  return (
    <RoomContext.Provider value={room}>
      <LiveKitCallContext.Provider value={call}>{children}</LiveKitCallContext.Provider>
    </RoomContext.Provider>
  );
}
