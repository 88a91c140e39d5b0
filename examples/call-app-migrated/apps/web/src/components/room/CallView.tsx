"use client";

import type { RoomDetails } from "@call-app/shared";
import { useState } from "react";
import { useCallContext } from "@/call/CallProvider";
import { Notice } from "@/components/ui/Notice";
import { AudioRenderer } from "./AudioRenderer";
import styles from "./CallView.module.css";
import { ChatPanel } from "./ChatPanel";
import { Controls } from "./Controls";
import { CopyLink } from "./CopyLink";
import { JoinRequests } from "./JoinRequests";
import { ParticipantGrid } from "./ParticipantGrid";

/** The call itself: tiles, controls, and what lies beside them. */
export function CallView({ room }: { room: RoomDetails }) {
  const { status, error, participants, messages } = useCallContext();
  const [isChatOpen, setIsChatOpen] = useState(false);
  const [readCount, setReadCount] = useState(0);
  const unreadCount = isChatOpen ? 0 : messages.length - readCount;

  const toggleChat = () => {
    setReadCount(messages.length);
    setIsChatOpen(!isChatOpen);
  };

  return (
    <div className={styles.room} data-chat={isChatOpen ? "open" : "closed"}>
      <header className={styles.header}>
        <h1>{room.name}</h1>
        <span>{participants.length === 1 ? "Only you" : `${String(participants.length)} people`}</span>
        <CopyLink />
      </header>

      <main className={styles.main}>
        <div className={styles.notices}>
          {status === "reconnecting" && (
            <Notice kind="info">The connection was lost. Reconnecting…</Notice>
          )}
          {error && <Notice kind="error">{error}</Notice>}
          <JoinRequests />
        </div>
        <ParticipantGrid />
      </main>

      {isChatOpen && <ChatPanel onClose={toggleChat} />}
      <Controls isChatOpen={isChatOpen} unreadCount={unreadCount} onToggleChat={toggleChat} />
      <AudioRenderer />
    </div>
  );
}
