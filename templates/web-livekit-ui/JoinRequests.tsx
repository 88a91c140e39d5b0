<% if web == "next" %>
"use client";

<% endif %>
import { useLiveKit } from "../useLiveKit";

/** For hosts: who waits. */
export function JoinRequests() {
  const { joinRequests, approve, deny } = useLiveKit();
  if (joinRequests.length === 0) return null;

  return (
    <ul className="lk-call-requests" aria-label="People who wait" aria-live="polite">
      {joinRequests.map(({ identity, name }) => (
        <li key={identity}>
          <span>{`${name} would like to join`}</span>
          <button
            type="button"
            className="lk-call-button"
            aria-label={`Let ${name} in`}
            onClick={() => {
              void approve(identity);
            }}
          >
            Let in
          </button>
          <button
            type="button"
            className="lk-call-button"
            aria-label={`Turn ${name} away`}
            onClick={() => {
              void deny(identity);
            }}
          >
            Turn away
          </button>
        </li>
      ))}
    </ul>
  );
}
