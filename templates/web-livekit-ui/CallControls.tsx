<% if web == "next" %>
"use client";

<% endif %>
import { useLiveKit } from "../useLiveKit";
import { DeviceMenu } from "./DeviceMenu";

/** Microphone, camera, screen, devices, and the way out. */
export function CallControls() {
  const call = useLiveKit();
  const isInCall = call.status === "connected" || call.status === "reconnecting";

  return (
    <div className="lk-call-controls" role="toolbar" aria-label="Call controls">
      <Toggle label="Microphone" isOn={call.isMicrophoneEnabled} toggle={call.toggleMicrophone} />
      <Toggle label="Camera" isOn={call.isCameraEnabled} toggle={call.toggleCamera} />
      {isInCall && (
        <>
          <Toggle
            label="Share screen"
            isOn={call.isScreenSharing}
            toggle={call.toggleScreenShare}
          />
          <DeviceMenu kind="audioinput" />
          <DeviceMenu kind="videoinput" />
          <DeviceMenu kind="audiooutput" />
        </>
      )}
      <button
        type="button"
        className="lk-call-button lk-call-leave"
        onClick={() => {
          void call.leave();
        }}
      >
        Leave
      </button>
    </div>
  );
}

function Toggle({
  label,
  isOn,
  toggle,
}: {
  label: string;
  isOn: boolean;
  toggle: () => Promise<void>;
}) {
  return (
    <button
      type="button"
      className="lk-call-button"
      aria-pressed={isOn}
      onClick={() => {
        void toggle();
      }}
    >
      {label}
    </button>
  );
}
