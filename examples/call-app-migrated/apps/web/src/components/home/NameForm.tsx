"use client";

import { MAX_NAME_LENGTH } from "@call-app/shared";
import { useActionState } from "react";
import { Button } from "@/components/ui/Button";
import { Field } from "@/components/ui/Field";
import { Notice } from "@/components/ui/Notice";
import { useSession } from "@/session/SessionProvider";
import { runAction, textOf } from "@/lib/forms";
import styles from "./Home.module.css";

/** Asks for the name that others see; it starts the session. */
export function NameForm() {
  const { signIn } = useSession();
  const [error, submit, isPending] = useActionState(
    (_previous: string | null, form: FormData) =>
      runAction(() => signIn(textOf(form, "name"))),
    null,
  );

  return (
    <form action={submit} className={styles.card} aria-label="Your name">
      <Field label="Your name">
        <input name="name" required maxLength={MAX_NAME_LENGTH} autoComplete="name" />
      </Field>
      {error && <Notice kind="error">{error}</Notice>}
      <Button type="submit" disabled={isPending}>
        Continue
      </Button>
    </form>
  );
}
