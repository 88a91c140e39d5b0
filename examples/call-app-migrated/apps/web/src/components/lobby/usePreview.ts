import { useEffect, useState } from "react";
import { describeMediaError, openCamera, openMicrophone } from "@/call/media";

export interface Preview {
  track: MediaStreamTrack | null;
  error: string | null;
}

const NOTHING: Preview = { track: null, error: null };

const OPEN = { camera: openCamera, microphone: openMicrophone };

/** A device that is open as long as the lobby shows it, and released afterwards. */
export function usePreview(
  device: keyof typeof OPEN,
  deviceId: string | undefined,
  isEnabled: boolean,
): Preview {
  const [preview, setPreview] = useState<Preview>(NOTHING);

  useEffect(() => {
    if (!isEnabled) {
      return;
    }
    let isCurrent = true;
    let opened: MediaStreamTrack | null = null;
    OPEN[device](deviceId).then(
      (track) => {
        if (isCurrent) {
          opened = track;
          setPreview({ track, error: null });
        } else {
          track.stop();
        }
      },
      (error: unknown) => {
        if (isCurrent) {
          setPreview({ track: null, error: describeMediaError(error, device) });
        }
      },
    );
    return () => {
      isCurrent = false;
      opened?.stop();
      setPreview(NOTHING);
    };
  }, [device, deviceId, isEnabled]);

  return preview;
}
