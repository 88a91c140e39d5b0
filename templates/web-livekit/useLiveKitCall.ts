<% if web == "next" %>
"use client";

<% endif %>
import { useContext } from "react";

import { LiveKitCallContext } from "./context";
import type { Call } from "./types";

/** The call on LiveKit. Every component that asks sees the same one. */
export function useLiveKitCall(): Call {
  const call = useContext(LiveKitCallContext);
  if (!call) throw new Error("useLiveKitCall needs <LiveKitProvider> above it: mount it in the layout");
  return call;
}
