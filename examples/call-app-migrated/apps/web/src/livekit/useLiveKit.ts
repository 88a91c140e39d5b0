"use client";

import { useContext, useSyncExternalStore } from "react";

import type { LiveKitCall } from "./call";
import { LiveKitCallContext } from "./context";
import type { Call } from "./types";

/** The call of this page, for every component that shows or changes something of it. */
export function useLiveKit(): Call {
  const { subscribe, getCall } = useLiveKitContext();
  return useSyncExternalStore(subscribe, getCall, getCall);
}

export function useLiveKitContext(): LiveKitCall {
  const call = useContext(LiveKitCallContext);
  if (!call) throw new Error("there is no <LiveKitProvider> above: mount it in the layout");
  return call;
}
