"use client";

import { createContext } from "react";

import type { LiveKitCall } from "./call";

export const LiveKitCallContext = createContext<LiveKitCall | null>(null);
