"use client";

import { MAX_NAME_LENGTH } from "@call-app/shared";
import { useRouter } from "next/navigation";
import { useActionState } from "react";
import { Button } from "@/components/ui/Button";
import { Field } from "@/components/ui/Field";
import { Notice } from "@/components/ui/Notice";
import { api } from "@/lib/api";
import { runAction, textOf } from "@/lib/forms";
import styles from "./Home.module.css";

export function NewRoomForm() {
  const router = useRouter();
  const [error, submit, isPending] = useActionState(
    (_previous: string | null, form: FormData) =>
      runAction(async () => {
        const room = await api.createRoom({
          name: textOf(form, "name"),
          requiresApproval: form.has("requiresApproval"),
        });
        router.push(`/rooms/${room.id}`);
      }),
    null,
  );

  return (
    <form action={submit} className={styles.card} aria-labelledby="new-room">
      <h2 id="new-room">New room</h2>
      <Field label="Room name">
        <input name="name" required maxLength={MAX_NAME_LENGTH} placeholder="Design review" />
      </Field>
      <label className={styles.checkbox}>
        <input type="checkbox" name="requiresApproval" defaultChecked />
        Guests wait until I let them in
      </label>
      {error && <Notice kind="error">{error}</Notice>}
      <Button type="submit" disabled={isPending}>
        Create room
      </Button>
    </form>
  );
}
