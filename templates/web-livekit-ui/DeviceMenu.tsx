<% if web == "next" %>
"use client";

<% endif %>
import { useMediaDevices, useMediaDeviceSelect } from "@livekit/components-react";

import { useLiveKit } from "../useLiveKit";

const LABELS: Record<MediaDeviceKind, string> = {
  audioinput: "Microphone",
  videoinput: "Camera",
  audiooutput: "Speaker",
};

interface DeviceSelectProps {
  kind: MediaDeviceKind;
  value: string;
  onSelect: (deviceId: string) => void;
}

/** Before the call: a choice that nothing uses yet. */
export function DeviceSelect({ kind, value, onSelect }: DeviceSelectProps) {
  return <Menu kind={kind} devices={useMediaDevices({ kind })} value={value} onSelect={onSelect} />;
}

/** In the call: takes the other device at once. */
export function DeviceMenu({ kind }: { kind: MediaDeviceKind }) {
  const { switchDevice } = useLiveKit();
  const { devices, activeDeviceId } = useMediaDeviceSelect({ kind });

  return (
    <Menu
      kind={kind}
      devices={devices}
      value={activeDeviceId}
      onSelect={(deviceId) => {
        void switchDevice(kind, deviceId);
      }}
    />
  );
}

function Menu({
  kind,
  devices,
  value,
  onSelect,
}: DeviceSelectProps & { devices: MediaDeviceInfo[] }) {
  // Without a permission the browser names no device.
  const named = devices.filter(({ deviceId }) => deviceId !== "");
  const chosen = named.some(({ deviceId }) => deviceId === value) ? value : "";

  return (
    <select
      className="lk-call-select"
      aria-label={LABELS[kind]}
      value={chosen}
      disabled={named.length === 0}
      onChange={(event) => {
        onSelect(event.target.value);
      }}
    >
      {chosen === "" && <option value="">{`Default ${LABELS[kind].toLowerCase()}`}</option>}
      {named.map(({ deviceId, label }) => (
        <option key={deviceId} value={deviceId}>
          {label}
        </option>
      ))}
    </select>
  );
}
