import { DisconnectReason, MediaDeviceFailure } from "livekit-client";

import { ApiError } from "./api";

/**
 * In the words of somebody in a call; the technical error goes to whatever the app reports errors
 * to.
 */
export function describeJoinError(error: unknown): string {
  if (error instanceof ApiError) {
    if (error.status === 401) return "Your session has ended. Sign in again.";
    if (error.status === 403) return "You are not allowed to join this call.";
    if (error.status === 429) return "Too many attempts. Wait a minute, then try again.";
  }
  return "The call cannot be reached. Check your connection, then try again.";
}

/** Null where leaving was meant. */
export function describeDisconnect(reason: DisconnectReason | undefined): string | null {
  switch (reason) {
    case DisconnectReason.CLIENT_INITIATED:
      return null;
    case DisconnectReason.DUPLICATE_IDENTITY:
      return "You joined this call from another tab or device.";
    case DisconnectReason.PARTICIPANT_REMOVED:
      return "A host removed you from the call.";
    case DisconnectReason.ROOM_DELETED:
    case DisconnectReason.ROOM_CLOSED:
      return "The call has ended.";
    default:
      return "The connection to the call was lost.";
  }
}

export function describeDeviceError(error: unknown): string {
  const failure = error instanceof Error ? MediaDeviceFailure.getFailure(error) : undefined;
  switch (failure) {
    case MediaDeviceFailure.PermissionDenied:
      return "The browser does not allow the use of the camera or microphone.";
    case MediaDeviceFailure.NotFound:
      return "No camera or microphone was found.";
    case MediaDeviceFailure.DeviceInUse:
      return "Another program is using the camera or microphone.";
    default:
      return "The camera or microphone cannot be used.";
  }
}
