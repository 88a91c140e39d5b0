/** Cameras, microphones and screens: what we ask for, and what we say when we do not get it. */

import type { RtpEncodingParameters } from "mediasoup-client/types";

// A tile is rarely larger, and simulcast halves it for those who have no room.
const CAMERA: MediaTrackConstraints = {
  width: { ideal: 640 },
  height: { ideal: 360 },
  frameRate: { ideal: 24, max: 30 },
};

const MICROPHONE: MediaTrackConstraints = {
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
};

export const cameraEncodings: RtpEncodingParameters[] = [
  { scaleResolutionDownBy: 2, maxBitrate: 150_000 },
  { scaleResolutionDownBy: 1, maxBitrate: 700_000 },
];

export const screenEncodings: RtpEncodingParameters[] = [{ maxBitrate: 2_500_000 }];

const exactly = (deviceId?: string) => (deviceId ? { deviceId: { exact: deviceId } } : {});

function firstTrack(tracks: MediaStreamTrack[]): MediaStreamTrack {
  const [track] = tracks;
  if (!track) {
    throw new Error("The browser gave us no track");
  }
  return track;
}

export async function openCamera(deviceId?: string): Promise<MediaStreamTrack> {
  const stream = await navigator.mediaDevices.getUserMedia({
    video: { ...CAMERA, ...exactly(deviceId) },
  });
  return firstTrack(stream.getVideoTracks());
}

export async function openMicrophone(deviceId?: string): Promise<MediaStreamTrack> {
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: { ...MICROPHONE, ...exactly(deviceId) },
  });
  return firstTrack(stream.getAudioTracks());
}

/** The screen, and its sound where the browser and the user offer it. */
export async function openScreen(): Promise<{
  video: MediaStreamTrack;
  audio: MediaStreamTrack | null;
}> {
  const stream = await navigator.mediaDevices.getDisplayMedia({
    video: { frameRate: { max: 15 } },
    audio: true,
  });
  const video = firstTrack(stream.getVideoTracks());
  // Text that can be read matters more than motion that is smooth.
  video.contentHint = "detail";
  return {
    video,
    audio: stream.getAudioTracks()[0] ?? null,
  };
}

/** What went wrong, in words for the user. */
export function describeMediaError(error: unknown, device: string): string {
  if (error instanceof DOMException) {
    switch (error.name) {
      case "NotAllowedError":
        return `The browser may not use the ${device}. Allow it in the address bar.`;
      case "NotFoundError":
      case "OverconstrainedError":
        return `There is no such ${device}.`;
      case "NotReadableError":
        return `The ${device} is in use by another program.`;
    }
  }
  return `The ${device} does not start.`;
}
