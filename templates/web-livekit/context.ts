<% if web == "next" %>
"use client";

<% endif %>
import { createContext } from "react";

import type { Call } from "./types";

export const LiveKitCallContext = createContext<Call | null>(null);
