import { useCallback, useEffect, useMemo, useState } from "react";
import type { Signaling } from "../signaling/useSignaling";
import type { ChatMessage } from "../types";

export interface Chat {
  messages: readonly ChatMessage[];
  sendMessage: (text: string) => Promise<void>;
  clear: () => void;
}

export function useChat(signaling: Signaling): Chat {
  const [messages, setMessages] = useState<readonly ChatMessage[]>([]);

  const add = useCallback((message: ChatMessage) => {
    setMessages((before) => [...before, message]);
  }, []);

  useEffect(() => signaling.subscribe({ chatMessage: add }), [signaling, add]);

  const actions = useMemo(
    () => ({
      async sendMessage(text: string) {
        add(await signaling.request("sendChatMessage", { text }));
      },
      clear: () => {
        setMessages([]);
      },
    }),
    [signaling, add],
  );

  return useMemo(() => ({ ...actions, messages }), [actions, messages]);
}
