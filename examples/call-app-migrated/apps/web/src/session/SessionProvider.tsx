"use client";

import type { Session } from "@call-app/shared";
import { createContext, useCallback, useContext, useEffect, useMemo, useState } from "react";
import type { ReactNode } from "react";
import { api } from "@/lib/api";

interface SessionState {
  /** Null for somebody who has not told a name yet. */
  session: Session | null;
  isLoading: boolean;
  error: string | null;
  signIn: (name: string) => Promise<void>;
}

const SessionContext = createContext<SessionState | null>(null);

export function SessionProvider({ children }: { children: ReactNode }) {
  const [session, setSession] = useState<Session | null>(null);
  const [isLoading, setIsLoading] = useState(true);
  const [error, setError] = useState<string | null>(null);

  useEffect(() => {
    let isCurrent = true;
    api
      .session()
      .then((found) => {
        if (isCurrent) {
          setSession(found);
        }
      })
      .catch((caught: unknown) => {
        if (isCurrent) {
          setError(caught instanceof Error ? caught.message : "The server cannot be reached");
        }
      })
      .finally(() => {
        if (isCurrent) {
          setIsLoading(false);
        }
      });
    return () => {
      isCurrent = false;
    };
  }, []);

  const signIn = useCallback(async (name: string) => {
    setSession(await api.startSession(name));
    setError(null);
  }, []);

  const value = useMemo(
    () => ({ session, isLoading, error, signIn }),
    [session, isLoading, error, signIn],
  );
  return <SessionContext value={value}>{children}</SessionContext>;
}

export function useSession(): SessionState {
  const state = useContext(SessionContext);
  if (!state) {
    throw new Error("useSession needs a SessionProvider above it");
  }
  return state;
}
