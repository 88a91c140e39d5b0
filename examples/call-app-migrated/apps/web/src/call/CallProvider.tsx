"use client";

import { createContext, useContext } from "react";
import type { ReactNode } from "react";
import type { Call } from "./types";
import { useCall } from "./useCall";

const CallContext = createContext<Call | null>(null);

/** One call for all components below it. */
export function CallProvider({ children }: { children: ReactNode }) {
  const call = useCall();
  return <CallContext value={call}>{children}</CallContext>;
}

export function useCallContext(): Call {
  const call = useContext(CallContext);
  if (!call) {
    throw new Error("useCallContext needs a CallProvider above it");
  }
  return call;
}
