import { useEffect, useState } from "react";

export interface Devices {
  microphones: readonly MediaDeviceInfo[];
  cameras: readonly MediaDeviceInfo[];
  speakers: readonly MediaDeviceInfo[];
}

const NONE: Devices = { microphones: [], cameras: [], speakers: [] };

/**
 * What is plugged in, kept up to date.
 *
 * @param isAllowed whether the user has let us use a device; browsers name them only then.
 */
export function useDevices(isAllowed: boolean): Devices {
  const [devices, setDevices] = useState<Devices>(NONE);

  useEffect(() => {
    let isCurrent = true;
    const look = async () => {
      const all = (await navigator.mediaDevices.enumerateDevices()).filter(
        ({ deviceId }) => deviceId !== "",
      );
      if (isCurrent) {
        setDevices({
          microphones: all.filter(({ kind }) => kind === "audioinput"),
          cameras: all.filter(({ kind }) => kind === "videoinput"),
          speakers: all.filter(({ kind }) => kind === "audiooutput"),
        });
      }
    };
    const onChange = () => void look();
    onChange();
    navigator.mediaDevices.addEventListener("devicechange", onChange);
    return () => {
      isCurrent = false;
      navigator.mediaDevices.removeEventListener("devicechange", onChange);
    };
  }, [isAllowed]);

  return devices;
}
