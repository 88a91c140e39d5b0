import type { RoomDetails } from "@call-app/shared";
import { useCallContext } from "@/call/CallProvider";
import { Button } from "@/components/ui/Button";
import styles from "./RoomScreen.module.css";

export function WaitingRoom({ room }: { room: RoomDetails }) {
  const { leave } = useCallContext();
  return (
    <main className={styles.centered}>
      <div className={styles.spinner} aria-hidden="true" />
      <h1>{room.name}</h1>
      <p role="status">Waiting for the host to let you in…</p>
      <Button variant="secondary" onClick={() => void leave()}>
        Cancel
      </Button>
    </main>
  );
}
