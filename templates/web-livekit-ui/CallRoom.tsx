<% if web == "next" %>
"use client";

<% endif %>
import { RoomAudioRenderer, StartAudio } from "@livekit/components-react";

import { useLiveKitCall } from "../useLiveKitCall";
import { CallChat } from "./CallChat";
import { CallControls } from "./CallControls";
import { CallGrid } from "./CallGrid";
import { CallLobby } from "./CallLobby";
import { CallNotice } from "./CallNotice";
import { JoinRequests } from "./JoinRequests";
import "./call.css";

/** A whole call: the lobby before it, the wait for a host, and the room. */
export function CallRoom({ roomId }: { roomId: string }) {
  const { status } = useLiveKitCall();

  if (status === "idle" || status === "denied" || status === "disconnected") {
    return (
      <section className="lk-call" aria-label="Before the call">
        <CallNotice />
        <CallLobby roomId={roomId} />
      </section>
    );
  }
  if (status === "connecting" || status === "waiting") {
    return (
      <section className="lk-call" aria-label="Before the call">
        <CallNotice />
        <CallControls />
      </section>
    );
  }
  return (
    <section className="lk-call" aria-label="Call">
      <CallNotice />
      <JoinRequests />
      <div className="lk-call-stage">
        <CallGrid />
        <CallChat />
      </div>
      <CallControls />
      {/* Plays everybody's sound; the button shows where the browser wants a click before. */}
      <RoomAudioRenderer />
      <StartAudio className="lk-call-button" label="Turn the sound on" />
    </section>
  );
}
