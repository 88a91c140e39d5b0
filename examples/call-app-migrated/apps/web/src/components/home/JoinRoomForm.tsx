"use client";

import { useRouter } from "next/navigation";
import { useActionState } from "react";
import { Button } from "@/components/ui/Button";
import { Field } from "@/components/ui/Field";
import { Notice } from "@/components/ui/Notice";
import { api } from "@/lib/api";
import { runAction, textOf } from "@/lib/forms";
import styles from "./Home.module.css";

/** The code, or the whole link that somebody sent. */
function toRoomId(input: string): string {
  return input.split("/").at(-1) ?? "";
}

export function JoinRoomForm() {
  const router = useRouter();
  const [error, submit, isPending] = useActionState(
    (_previous: string | null, form: FormData) =>
      runAction(async () => {
        const room = await api.room(toRoomId(textOf(form, "code")));
        router.push(`/rooms/${room.id}`);
      }),
    null,
  );

  return (
    <form action={submit} className={styles.card} aria-labelledby="join-room">
      <h2 id="join-room">Join a room</h2>
      <Field label="Room code or link">
        <input name="code" required placeholder="abc-defg-hjk" autoComplete="off" spellCheck={false} />
      </Field>
      {error && <Notice kind="error">{error}</Notice>}
      <Button type="submit" variant="secondary" disabled={isPending}>
        Go to room
      </Button>
    </form>
  );
}
