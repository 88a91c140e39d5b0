"use client";

import { useEffect } from "react";

import type { Call } from "./types";
import { useLiveKit, useLiveKitContext } from "./useLiveKit";

/**
 * The call on LiveKit, for the one component that owns it: when that goes, as with a change of the
 * page, the call ends. Components below it take `useLiveKit`, or what the owner hands down.
 */
export function useLiveKitCall(): Call {
  const { close } = useLiveKitContext();

  useEffect(() => close, [close]);

  return useLiveKit();
}
