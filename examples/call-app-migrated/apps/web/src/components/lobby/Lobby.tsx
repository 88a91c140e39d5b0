"use client";

import type { RoomDetails } from "@call-app/shared";
import { useState } from "react";
import { useCallContext } from "@/call/CallProvider";
import { Button } from "@/components/ui/Button";
import { DeviceSelect } from "@/components/ui/DeviceSelect";
import { Icon } from "@/components/ui/Icon";
import { Notice } from "@/components/ui/Notice";
import { useDevices } from "@/lib/useDevices";
import { useMicrophoneLevel } from "@/lib/useMicrophoneLevel";
import styles from "./Lobby.module.css";
import { PreviewVideo } from "./PreviewVideo";
import { usePreview } from "./usePreview";

function describe({ mustWait, participantCount }: RoomDetails): string {
  const people =
    participantCount === 0
      ? "Nobody is here yet."
      : `${String(participantCount)} ${participantCount === 1 ? "person is" : "people are"} in the call.`;
  return mustWait ? `${people} The host will let you in.` : people;
}

/** The place before the call: how do I look, can I be heard. */
export function Lobby({ room }: { room: RoomDetails }) {
  const { join, status, error } = useCallContext();
  const [isCameraOn, setIsCameraOn] = useState(true);
  const [isMicrophoneOn, setIsMicrophoneOn] = useState(true);
  const [cameraId, setCameraId] = useState<string>();
  const [microphoneId, setMicrophoneId] = useState<string>();

  const camera = usePreview("camera", cameraId, isCameraOn);
  const microphone = usePreview("microphone", microphoneId, isMicrophoneOn);
  const level = useMicrophoneLevel(microphone.track);
  const devices = useDevices(camera.track !== null || microphone.track !== null);

  const isJoining = status === "connecting";
  const asksToJoin = room.mustWait;

  const enter = () => {
    void join({
      roomId: room.id,
      camera: isCameraOn,
      microphone: isMicrophoneOn,
      ...(cameraId && { cameraId }),
      ...(microphoneId && { microphoneId }),
    });
  };

  return (
    <main className={styles.lobby}>
      <section aria-label="Preview" className={styles.stage}>
        <PreviewVideo track={camera.track} />
        <div className={styles.toggles}>
          <button
            type="button"
            aria-label="Microphone"
            aria-pressed={isMicrophoneOn}
            onClick={() => {
              setIsMicrophoneOn(!isMicrophoneOn);
            }}
          >
            <Icon name={isMicrophoneOn ? "microphone" : "microphone-off"} />
          </button>
          <button
            type="button"
            aria-label="Camera"
            aria-pressed={isCameraOn}
            onClick={() => {
              setIsCameraOn(!isCameraOn);
            }}
          >
            <Icon name={isCameraOn ? "camera" : "camera-off"} />
          </button>
        </div>
      </section>

      <section aria-labelledby="room-name" className={styles.panel}>
        <div>
          <h1 id="room-name">{room.name}</h1>
          <p>{describe(room)}</p>
        </div>

        {status === "denied" && <Notice kind="error">The host did not let you in.</Notice>}
        {status === "disconnected" && !error && <Notice kind="info">You left the call.</Notice>}
        {[error, camera.error, microphone.error].filter(Boolean).map((message) => (
          <Notice key={message} kind="error">
            {message}
          </Notice>
        ))}

        <DeviceSelect
          label="Camera"
          devices={devices.cameras}
          value={cameraId}
          onChange={setCameraId}
        />
        <DeviceSelect
          label="Microphone"
          devices={devices.microphones}
          value={microphoneId}
          onChange={setMicrophoneId}
        />
        <meter aria-label="Microphone level" min={0} max={1} value={level} className={styles.level} />

        <Button onClick={enter} disabled={isJoining}>
          {isJoining ? "Joining…" : asksToJoin ? "Ask to join" : "Join call"}
        </Button>
      </section>
    </main>
  );
}
