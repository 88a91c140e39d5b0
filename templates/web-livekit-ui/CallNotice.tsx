<% if web == "next" %>
"use client";

<% endif %>
import { useLiveKit } from "../useLiveKit";
import type { CallStatus } from "../types";

const NOTICES: Partial<Record<CallStatus, string>> = {
  connecting: "Connecting…",
  waiting: "A host will let you in soon.",
  reconnecting: "The connection was interrupted. Reconnecting…",
  denied: "The host did not let you in.",
};

/** What goes on with the connection, read out by screen readers when it changes. */
export function CallNotice() {
  const { status, error } = useLiveKit();
  const notice = error ? undefined : NOTICES[status];

  return (
    <>
      <p className="lk-call-notice" role="status">
        {notice}
      </p>
      <p className="lk-call-notice lk-call-error" role="alert">
        {error}
      </p>
    </>
  );
}
