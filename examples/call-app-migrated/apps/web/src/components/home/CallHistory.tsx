"use client";

import type { CallRecord } from "@call-app/shared";
import Link from "next/link";
import { useEffect, useState } from "react";
import { api } from "@/lib/api";
import styles from "./Home.module.css";

const dateFormat = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short" });

function duration({ joinedAt, leftAt }: CallRecord): string {
  if (!leftAt) {
    return "now";
  }
  const minutes = Math.round((Date.parse(leftAt) - Date.parse(joinedAt)) / 60_000);
  return minutes < 1 ? "less than a minute" : `${String(minutes)} min`;
}

export function CallHistory() {
  const [calls, setCalls] = useState<readonly CallRecord[] | null>(null);

  useEffect(() => {
    let isCurrent = true;
    api.history().then(
      (found) => {
        if (isCurrent) {
          setCalls(found);
        }
      },
      () => {
        // The page is of use without it.
      },
    );
    return () => {
      isCurrent = false;
    };
  }, []);

  return (
    <section className={styles.card} aria-labelledby="history">
      <h2 id="history">Your recent calls</h2>
      {calls?.length === 0 && <p className={styles.empty}>None yet.</p>}
      {calls && calls.length > 0 && (
        <ul className={styles.history}>
          {calls.map((call) => (
            <li key={call.id}>
              <Link href={`/rooms/${call.roomId}`}>{call.roomName}</Link>
              <span>
                {dateFormat.format(new Date(call.joinedAt))} · {duration(call)}
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
