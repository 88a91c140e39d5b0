"use client";

import { useState } from "react";
import { useCallContext } from "@/call/CallProvider";
import { DeviceSelect } from "@/components/ui/DeviceSelect";
import { useDevices } from "@/lib/useDevices";
import styles from "./Controls.module.css";

/** Changes camera and microphone while the call goes on. */
export function DeviceSettings() {
  const { switchDevice } = useCallContext();
  const devices = useDevices(true);
  const [chosen, setChosen] = useState<Partial<Record<MediaDeviceKind, string>>>({});

  const choose = (kind: MediaDeviceKind) => (deviceId: string) => {
    setChosen({ ...chosen, [kind]: deviceId });
    void switchDevice(kind, deviceId);
  };

  return (
    <section aria-label="Devices" className={styles.settings}>
      <DeviceSelect
        label="Camera"
        devices={devices.cameras}
        value={chosen.videoinput}
        onChange={choose("videoinput")}
      />
      <DeviceSelect
        label="Microphone"
        devices={devices.microphones}
        value={chosen.audioinput}
        onChange={choose("audioinput")}
      />
    </section>
  );
}
