"use client";

import { useState } from "react";
import { useCallContext } from "@/call/CallProvider";
import { Button } from "@/components/ui/Button";
import styles from "./JoinRequests.module.css";

/** For the host: who waits at the door. */
export function JoinRequests() {
  const { joinRequests, approve, deny } = useCallContext();
  const [busy, setBusy] = useState<string | null>(null);

  const decide = async (identity: string, decision: (identity: string) => Promise<void>) => {
    setBusy(identity);
    try {
      await decision(identity);
    } catch {
      // Somebody who gave up waiting disappears from the list by themselves.
    } finally {
      setBusy(null);
    }
  };

  if (joinRequests.length === 0) {
    return null;
  }
  return (
    <section className={styles.requests} aria-label="Waiting to join" aria-live="polite">
      <ul>
        {joinRequests.map(({ identity, name }) => (
          <li key={identity} aria-label={name}>
            <span className={styles.text}>
              <strong>{name}</strong> wants to join
            </span>
            <Button
              variant="secondary"
              aria-label={`Deny ${name}`}
              disabled={busy === identity}
              onClick={() => void decide(identity, deny)}
            >
              Deny
            </Button>
            <Button
              aria-label={`Let ${name} in`}
              disabled={busy === identity}
              onClick={() => void decide(identity, approve)}
            >
              Let in
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
