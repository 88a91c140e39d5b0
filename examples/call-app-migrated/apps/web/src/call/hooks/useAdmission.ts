import { useEffect, useMemo, useState } from "react";
import type { Signaling } from "../signaling/useSignaling";
import type { JoinRequest } from "../types";

export interface Admission {
  joinRequests: readonly JoinRequest[];
  reset: (requests: readonly JoinRequest[]) => void;
  approve: (identity: string) => Promise<void>;
  deny: (identity: string) => Promise<void>;
}

function without(requests: readonly JoinRequest[], identity: string): JoinRequest[] {
  return requests.filter((request) => request.identity !== identity);
}

/** The host's side of the door: who asks to come in. */
export function useAdmission(signaling: Signaling): Admission {
  const [joinRequests, setJoinRequests] = useState<readonly JoinRequest[]>([]);

  useEffect(
    () =>
      signaling.subscribe({
        joinRequested: (request) => {
          setJoinRequests((before) => [...without(before, request.identity), request]);
        },
        joinRequestWithdrawn: ({ identity }) => {
          setJoinRequests((before) => without(before, identity));
        },
      }),
    [signaling],
  );

  const actions = useMemo(
    () => ({
      reset: (requests: readonly JoinRequest[]) => {
        setJoinRequests(requests);
      },
      async approve(identity: string) {
        await signaling.request("approveJoinRequest", { identity });
      },
      async deny(identity: string) {
        await signaling.request("denyJoinRequest", { identity });
      },
    }),
    [signaling],
  );

  return useMemo(() => ({ ...actions, joinRequests }), [actions, joinRequests]);
}
