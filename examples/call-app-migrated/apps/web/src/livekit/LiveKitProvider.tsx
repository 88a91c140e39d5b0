"use client";

import { RoomContext } from "@livekit/components-react";
import { useState } from "react";
import type { ReactNode } from "react";

import { createLiveKitCall } from "./call";
import { LiveKitCallContext } from "./context";

/**
 * Holds the one call of this page; mount it in the layout. Nothing connects before `join`, and
 * nothing below renders again when the call changes, but for those who ask with `useLiveKit`.
 * LiveKit's own components find the room in its context.
 */
export function LiveKitProvider({ children }: { children: ReactNode }) {
  const [call] = useState(createLiveKitCall);

  return (
    <RoomContext.Provider value={call.room}>
      <LiveKitCallContext.Provider value={call}>{children}</LiveKitCallContext.Provider>
    </RoomContext.Provider>
  );
}
