<% if web == "next" %>
"use client";

<% endif %>
import { useState } from "react";
import type { SyntheticEvent } from "react";

import { useLiveKit } from "../useLiveKit";

/** What was written since we joined; LiveKit keeps no history. */
export function CallChat() {
  const { messages, sendMessage } = useLiveKit();
  const [text, setText] = useState("");

  function send(event: SyntheticEvent) {
    event.preventDefault();
    void sendMessage(text);
    setText("");
  }

  return (
    <section className="lk-call-chat" aria-label="Chat">
      <ol role="log">
        {messages.map(({ id, name, text: said, sentAt }) => (
          <li key={id}>
            <strong>{name}</strong>{" "}
            <time dateTime={new Date(sentAt).toISOString()}>{timeOf(sentAt)}</time>
            <p>{said}</p>
          </li>
        ))}
      </ol>
      <form onSubmit={send}>
        <input
          className="lk-call-input"
          aria-label="Message"
          placeholder="Write a message"
          autoComplete="off"
          maxLength={2000}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
          }}
        />
        <button type="submit" className="lk-call-button" disabled={text.trim() === ""}>
          Send
        </button>
      </form>
    </section>
  );
}

function timeOf(sentAt: number): string {
  return new Date(sentAt).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}
