import { Field } from "./Field";

interface DeviceSelectProps {
  label: string;
  devices: readonly MediaDeviceInfo[];
  value: string | undefined;
  onChange: (deviceId: string) => void;
}

export function DeviceSelect({ label, devices, value, onChange }: DeviceSelectProps) {
  return (
    <Field label={label}>
      <select
        value={value ?? devices[0]?.deviceId ?? ""}
        disabled={devices.length === 0}
        onChange={(event) => {
          onChange(event.target.value);
        }}
      >
        {devices.length === 0 && <option value="">None found</option>}
        {devices.map((device, index) => (
          <option key={device.deviceId} value={device.deviceId}>
            {device.label || `${label} ${String(index + 1)}`}
          </option>
        ))}
      </select>
    </Field>
  );
}
