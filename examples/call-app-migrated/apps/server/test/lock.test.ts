import assert from "node:assert/strict";
import { test } from "node:test";
import { KeyedLock } from "../src/signaling/KeyedLock";

test("actions of one key take turns, also after one that failed", async () => {
  const lock = new KeyedLock();
  const log: string[] = [];
  const slow = (name: string) => async () => {
    log.push(`${name} starts`);
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    log.push(`${name} ends`);
    if (name === "b") {
      throw new Error("b failed");
    }
  };
  const results = await Promise.allSettled([
    lock.run("room", slow("a")),
    lock.run("room", slow("b")),
    lock.run("room", slow("c")),
  ]);
  assert.deepEqual(
    results.map(({ status }) => status),
    ["fulfilled", "rejected", "fulfilled"],
  );
  assert.deepEqual(log, ["a starts", "a ends", "b starts", "b ends", "c starts", "c ends"]);
});

test("other keys do not wait", async () => {
  const lock = new KeyedLock();
  const never = lock.run("busy", () => new Promise<void>(() => undefined));
  void never;
  assert.equal(await lock.run("free", () => Promise.resolve(1)), 1);
});
