/** What the user wrote in a field of a form. */
export function textOf(form: FormData, field: string): string {
  const value = form.get(field);
  return typeof value === "string" ? value.trim() : "";
}

/** Runs what a form does; gives what to show when it fails, or null. */
export async function runAction(action: () => Promise<void>): Promise<string | null> {
  try {
    await action();
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : "Something went wrong";
  }
}
