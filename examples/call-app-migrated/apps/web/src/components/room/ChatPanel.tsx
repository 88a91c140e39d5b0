"use client";

import { MAX_MESSAGE_LENGTH } from "@call-app/shared";
import { useActionState, useEffect, useRef } from "react";
import { useCallContext } from "@/call/CallProvider";
import { Icon } from "@/components/ui/Icon";
import { Notice } from "@/components/ui/Notice";
import { runAction, textOf } from "@/lib/forms";
import styles from "./ChatPanel.module.css";

const timeFormat = new Intl.DateTimeFormat("en", { timeStyle: "short" });

export function ChatPanel({ onClose }: { onClose: () => void }) {
  const { messages, sendMessage } = useCallContext();
  const end = useRef<HTMLLIElement>(null);
  const [error, submit, isPending] = useActionState(
    (_previous: string | null, form: FormData) => {
      const text = textOf(form, "text");
      return text ? runAction(() => sendMessage(text)) : Promise.resolve(null);
    },
    null,
  );

  useEffect(() => {
    end.current?.scrollIntoView({ block: "end" });
  }, [messages]);

  return (
    <aside className={styles.panel} aria-label="Chat">
      <header className={styles.header}>
        <h2>Chat</h2>
        <button type="button" aria-label="Close chat" onClick={onClose}>
          <Icon name="close" size={18} />
        </button>
      </header>
      <ol className={styles.messages} role="log" aria-label="Messages">
        {messages.length === 0 && <li className={styles.empty}>Say hello.</li>}
        {messages.map(({ id, name, text, sentAt }) => (
          <li key={id}>
            <span className={styles.author}>{name}</span>{" "}
            <time dateTime={new Date(sentAt).toISOString()}>{timeFormat.format(sentAt)}</time>
            <p>{text}</p>
          </li>
        ))}
        <li ref={end} aria-hidden="true" />
      </ol>
      {error && <Notice kind="error">{error}</Notice>}
      <form action={submit} className={styles.form}>
        <input
          name="text"
          aria-label="Message"
          placeholder="Write a message"
          autoComplete="off"
          maxLength={MAX_MESSAGE_LENGTH}
        />
        <button type="submit" aria-label="Send" disabled={isPending}>
          <Icon name="send" size={18} />
        </button>
      </form>
    </aside>
  );
}
