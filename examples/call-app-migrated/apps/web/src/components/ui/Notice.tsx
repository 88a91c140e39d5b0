import type { ReactNode } from "react";
import { classNames } from "@/lib/classNames";
import styles from "./Notice.module.css";

/** Something the user has to know now; screen readers say it at once. */
export function Notice({ kind, children }: { kind: "error" | "info"; children: ReactNode }) {
  return (
    <div role={kind === "error" ? "alert" : "status"} className={classNames(styles.notice, styles[kind])}>
      {children}
    </div>
  );
}
