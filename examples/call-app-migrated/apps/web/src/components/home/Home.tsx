"use client";

import { Notice } from "@/components/ui/Notice";
import { useSession } from "@/session/SessionProvider";
import { CallHistory } from "./CallHistory";
import styles from "./Home.module.css";
import { JoinRoomForm } from "./JoinRoomForm";
import { NameForm } from "./NameForm";
import { NewRoomForm } from "./NewRoomForm";

export function Home() {
  const { session, isLoading, error } = useSession();

  return (
    <main className={styles.page}>
      <header className={styles.header}>
        <h1>Huddle</h1>
        <p>{session ? `Good to see you, ${session.name}.` : "Video calls for small teams."}</p>
      </header>
      {error && <Notice kind="error">{error}</Notice>}
      {isLoading && <p role="status">Loading…</p>}
      {!isLoading && !session && <NameForm />}
      {session && (
        <>
          <div className={styles.columns}>
            <NewRoomForm />
            <JoinRoomForm />
          </div>
          <CallHistory />
        </>
      )}
    </main>
  );
}
