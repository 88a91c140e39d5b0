import { useCallback, useMemo, useRef, useState } from "react";
import { describeMediaError, openCamera, openMicrophone, openScreen } from "../media";
import type { JoinOptions } from "../types";
import type { Producers } from "./useProducers";

export interface MediaControls {
  isMicrophoneEnabled: boolean;
  isCameraEnabled: boolean;
  isScreenSharing: boolean;
  error: string | null;
  /** Opens what the user chose in the lobby. */
  start: (options: JoinOptions) => Promise<void>;
  toggleMicrophone: () => Promise<void>;
  toggleCamera: () => Promise<void>;
  toggleScreenShare: () => Promise<void>;
  switchDevice: (kind: MediaDeviceKind, deviceId: string) => Promise<void>;
}

/** The buttons of a call: microphone, camera, screen, and which devices. */
export function useMediaControls(producers: Producers): MediaControls {
  const { tracks, has, publish, unpublish, setMuted, replace } = producers;
  const devices = useRef<{ microphone?: string; camera?: string }>({});
  const [error, setError] = useState<string | null>(null);

  const isMicrophoneEnabled = tracks.some(({ source, muted }) => source === "microphone" && !muted);
  const isCameraEnabled = tracks.some(({ source }) => source === "camera");
  const isScreenSharing = tracks.some(({ source }) => source === "screen");

  /** A device that does not start is told to the user and ends nothing else. */
  const guarded = useCallback(async (device: string, action: () => Promise<void>) => {
    try {
      setError(null);
      await action();
    } catch (caught) {
      setError(describeMediaError(caught, device));
    }
  }, []);

  const startMicrophone = useCallback(
    () =>
      guarded("microphone", async () => {
        await publish("microphone", await openMicrophone(devices.current.microphone));
      }),
    [guarded, publish],
  );

  const startCamera = useCallback(
    () =>
      guarded("camera", async () => {
        await publish("camera", await openCamera(devices.current.camera));
      }),
    [guarded, publish],
  );

  const start = useCallback(
    async (options: JoinOptions) => {
      devices.current = {
        ...(options.microphoneId && { microphone: options.microphoneId }),
        ...(options.cameraId && { camera: options.cameraId }),
      };
      await Promise.all([
        options.microphone ? startMicrophone() : undefined,
        options.camera ? startCamera() : undefined,
      ]);
    },
    [startMicrophone, startCamera],
  );

  const toggleMicrophone = useCallback(async () => {
    if (has("microphone")) {
      await setMuted("microphone", isMicrophoneEnabled);
    } else {
      await startMicrophone();
    }
  }, [has, setMuted, isMicrophoneEnabled, startMicrophone]);

  // A camera that is off is closed, so that its light goes out.
  const toggleCamera = useCallback(async () => {
    if (has("camera")) {
      await unpublish("camera");
    } else {
      await startCamera();
    }
  }, [has, unpublish, startCamera]);

  const toggleScreenShare = useCallback(async () => {
    if (has("screen")) {
      await Promise.all([unpublish("screen"), unpublish("screen-audio")]);
      return;
    }
    await guarded("screen", async () => {
      const { video, audio } = await openScreen();
      await publish("screen", video);
      if (audio) {
        await publish("screen-audio", audio);
      }
    });
  }, [has, publish, unpublish, guarded]);

  const switchDevice = useCallback(
    async (kind: MediaDeviceKind, deviceId: string) => {
      if (kind === "audioinput") {
        devices.current.microphone = deviceId;
        if (has("microphone")) {
          await guarded("microphone", async () => {
            await replace("microphone", await openMicrophone(deviceId));
          });
        }
      } else if (kind === "videoinput") {
        devices.current.camera = deviceId;
        if (has("camera")) {
          await guarded("camera", async () => {
            await replace("camera", await openCamera(deviceId));
          });
        }
      }
    },
    [has, replace, guarded],
  );

  return useMemo(
    () => ({
      isMicrophoneEnabled,
      isCameraEnabled,
      isScreenSharing,
      error,
      start,
      toggleMicrophone,
      toggleCamera,
      toggleScreenShare,
      switchDevice,
    }),
    [
      isMicrophoneEnabled,
      isCameraEnabled,
      isScreenSharing,
      error,
      start,
      toggleMicrophone,
      toggleCamera,
      toggleScreenShare,
      switchDevice,
    ],
  );
}
