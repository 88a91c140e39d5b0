type Level = "info" | "warn" | "error";

function write(level: Level, message: string, details: Record<string, unknown> = {}): void {
  const line = JSON.stringify({ time: new Date().toISOString(), level, message, ...details });
  (level === "info" ? process.stdout : process.stderr).write(`${line}\n`);
}

export const logger = {
  info: (message: string, details?: Record<string, unknown>) => {
    write("info", message, details);
  },
  warn: (message: string, details?: Record<string, unknown>) => {
    write("warn", message, details);
  },
  error: (message: string, error: unknown, details?: Record<string, unknown>) => {
    write("error", message, {
      ...details,
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
  },
};
