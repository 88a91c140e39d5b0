<% if web == "next" %>
"use client";

<% endif %>
import { usePreviewTracks } from "@livekit/components-react";
import { LocalVideoTrack } from "livekit-client";
import { useCallback, useEffect, useRef, useState } from "react";
import type { SyntheticEvent } from "react";

import { describeDeviceError } from "../errors";
import { useLiveKit } from "../useLiveKit";
import { DeviceSelect } from "./DeviceMenu";

/** How we look and sound to others, before they see and hear us. */
export function CallLobby({ roomId }: { roomId: string }) {
  const { join } = useLiveKit();
  const [microphone, setMicrophone] = useState(true);
  const [camera, setCamera] = useState(true);
  const [microphoneId, setMicrophoneId] = useState("");
  const [cameraId, setCameraId] = useState("");
  const [problem, setProblem] = useState<string | null>(null);

  // Another function each time would open the devices each time.
  const onProblem = useCallback((error: Error) => {
    setProblem(describeDeviceError(error));
  }, []);
  const tracks = usePreviewTracks(
    { audio: microphone && device(microphoneId), video: camera && device(cameraId) },
    onProblem,
  );
  const preview = camera ? tracks?.find((track) => track instanceof LocalVideoTrack) : undefined;

  function enter(event: SyntheticEvent) {
    event.preventDefault();
    void join({
      roomId,
      microphone,
      camera,
      ...(microphoneId && { microphoneId }),
      ...(cameraId && { cameraId }),
    });
  }

  return (
    <form className="lk-call-lobby" onSubmit={enter}>
      <Preview track={preview} />
      {problem && <p role="alert">{problem}</p>}
      <fieldset>
        <legend>Microphone</legend>
        <label>
          <input
            type="checkbox"
            checked={microphone}
            onChange={(event) => {
              setMicrophone(event.target.checked);
            }}
          />
          On
        </label>
        <DeviceSelect kind="audioinput" value={microphoneId} onSelect={setMicrophoneId} />
      </fieldset>
      <fieldset>
        <legend>Camera</legend>
        <label>
          <input
            type="checkbox"
            checked={camera}
            onChange={(event) => {
              setCamera(event.target.checked);
            }}
          />
          On
        </label>
        <DeviceSelect kind="videoinput" value={cameraId} onSelect={setCameraId} />
      </fieldset>
      <button type="submit" className="lk-call-button">
        Join
      </button>
    </form>
  );
}

function device(deviceId: string): { deviceId: string } | true {
  return deviceId ? { deviceId } : true;
}

function Preview({ track }: { track: LocalVideoTrack | undefined }) {
  const element = useRef<HTMLVideoElement>(null);

  useEffect(() => {
    const video = element.current;
    if (!video || !track) return;
    track.attach(video);
    return () => {
      track.detach(video);
    };
  }, [track]);

  return (
    <div className="lk-call-tile">
      {track ? (
        <video ref={element} className="lk-call-mirrored" muted playsInline />
      ) : (
        <p>Your camera is off.</p>
      )}
    </div>
  );
}
