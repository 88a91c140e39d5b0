/** Seconds to wait before the next try; 0 when this one may go on. */
export type RateLimiter = (key: string) => number;

/**
 * Counts in windows of fixed length, in this process. Several instances behind a balancer allow as
 * many times more: keep the counts in Redis, behind this same type, where that matters.
 */
export function createRateLimiter(
  limit: number,
  windowSeconds: number,
  now: () => number = Date.now,
): RateLimiter {
  const windows = new Map<string, { endsAt: number; count: number }>();

  function forgetOld(time: number): void {
    windows.forEach((window, key) => {
      if (window.endsAt <= time) windows.delete(key);
    });
  }

  return (key) => {
    const time = now();
    const window = windows.get(key);
    if (!window || window.endsAt <= time) {
      if (windows.size >= 10_000) forgetOld(time);
      windows.set(key, { endsAt: time + windowSeconds * 1000, count: 1 });
      return 0;
    }
    window.count += 1;
    return window.count > limit ? Math.ceil((window.endsAt - time) / 1000) : 0;
  };
}
