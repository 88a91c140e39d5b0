"use client";

import type { RoomDetails } from "@call-app/shared";
import Link from "next/link";
import { useEffect, useState } from "react";
import { useCallContext } from "@/call/CallProvider";
import { NameForm } from "@/components/home/NameForm";
import { Lobby } from "@/components/lobby/Lobby";
import { Notice } from "@/components/ui/Notice";
import { api } from "@/lib/api";
import { useSession } from "@/session/SessionProvider";
import { CallView } from "./CallView";
import styles from "./RoomScreen.module.css";
import { WaitingRoom } from "./WaitingRoom";

/** One room, from its door to its call. */
export function RoomScreen({ roomId }: { roomId: string }) {
  const { session, isLoading, error: sessionError } = useSession();
  const { status } = useCallContext();
  const [room, setRoom] = useState<RoomDetails | null>(null);
  const [error, setError] = useState<string | null>(null);

  // Again after each call: how many are there has changed.
  const isOutside = status === "idle" || status === "disconnected" || status === "denied";
  useEffect(() => {
    if (!session || !isOutside) {
      return;
    }
    let isCurrent = true;
    api.room(roomId).then(
      (found) => {
        if (isCurrent) {
          setRoom(found);
        }
      },
      (caught: unknown) => {
        if (isCurrent) {
          setError(caught instanceof Error ? caught.message : "The room does not open");
        }
      },
    );
    return () => {
      isCurrent = false;
    };
  }, [roomId, session, isOutside]);

  const problem = error ?? sessionError;
  if (problem) {
    return (
      <main className={styles.centered}>
        <Notice kind="error">{problem}</Notice>
        <Link href="/">Back to the start</Link>
      </main>
    );
  }
  if (!isLoading && !session) {
    return (
      <main className={styles.centered}>
        <h1>Who are you?</h1>
        <NameForm />
      </main>
    );
  }
  if (!room) {
    return (
      <main className={styles.centered}>
        <p role="status">Loading…</p>
      </main>
    );
  }
  switch (status) {
    case "waiting":
      return <WaitingRoom room={room} />;
    case "connected":
    case "reconnecting":
      return <CallView room={room} />;
    default:
      return <Lobby room={room} />;
  }
}
