"use client";

import { useState } from "react";
import { useCallContext } from "@/call/CallProvider";
import { Icon } from "@/components/ui/Icon";
import type { IconName } from "@/components/ui/Icon";
import { classNames } from "@/lib/classNames";
import styles from "./Controls.module.css";
import { DeviceSettings } from "./DeviceSettings";

interface ControlsProps {
  isChatOpen: boolean;
  unreadCount: number;
  onToggleChat: () => void;
}

interface ToggleProps {
  label: string;
  hint: string;
  icon: IconName;
  isOn: boolean;
  /** Whether off is a state that the user should notice. */
  warnsWhenOff?: boolean;
  badge?: number;
  onClick: () => void;
}

function Toggle({ label, hint, icon, isOn, warnsWhenOff = false, badge = 0, onClick }: ToggleProps) {
  return (
    <button
      type="button"
      className={styles.control}
      aria-label={label}
      aria-pressed={isOn}
      title={hint}
      data-warns={warnsWhenOff && !isOn}
      onClick={onClick}
    >
      <Icon name={icon} />
      {badge > 0 && (
        <span className={styles.badge}>
          {badge}
          <span className="visually-hidden"> unread</span>
        </span>
      )}
    </button>
  );
}

export function Controls({ isChatOpen, unreadCount, onToggleChat }: ControlsProps) {
  const call = useCallContext();
  const [areSettingsOpen, setAreSettingsOpen] = useState(false);
  const { isMicrophoneEnabled, isCameraEnabled, isScreenSharing } = call;

  return (
    <footer className={styles.bar}>
      {areSettingsOpen && <DeviceSettings />}
      <div role="toolbar" aria-label="Call controls" className={styles.controls}>
        <Toggle
          label="Microphone"
          hint={isMicrophoneEnabled ? "Turn the microphone off" : "Turn the microphone on"}
          icon={isMicrophoneEnabled ? "microphone" : "microphone-off"}
          isOn={isMicrophoneEnabled}
          warnsWhenOff
          onClick={() => void call.toggleMicrophone()}
        />
        <Toggle
          label="Camera"
          hint={isCameraEnabled ? "Turn the camera off" : "Turn the camera on"}
          icon={isCameraEnabled ? "camera" : "camera-off"}
          isOn={isCameraEnabled}
          warnsWhenOff
          onClick={() => void call.toggleCamera()}
        />
        <Toggle
          label="Share screen"
          hint={isScreenSharing ? "Stop sharing" : "Share your screen"}
          icon="screen"
          isOn={isScreenSharing}
          onClick={() => void call.toggleScreenShare()}
        />
        <Toggle
          label="Chat"
          hint={isChatOpen ? "Close the chat" : "Open the chat"}
          icon="chat"
          isOn={isChatOpen}
          badge={unreadCount}
          onClick={onToggleChat}
        />
        <Toggle
          label="Devices"
          hint="Choose camera and microphone"
          icon="settings"
          isOn={areSettingsOpen}
          onClick={() => {
            setAreSettingsOpen(!areSettingsOpen);
          }}
        />
        <button
          type="button"
          className={classNames(styles.control, styles.leave)}
          aria-label="Leave call"
          title="Leave call"
          onClick={() => void call.leave()}
        >
          <Icon name="leave" />
        </button>
      </div>
    </footer>
  );
}
