// Runs many small programs of several modules each: one JSON line {files, entry, env} in, one line {log, error} out.
import { createInterface } from "node:readline";
import vm from "node:vm";

const shown = (value) => {
  if (typeof value === "function") return "function";
  if (value === undefined) return "undefined";
  if (Object.is(value, -0)) return "-0";
  try {
    return typeof value + " " + JSON.stringify(value, (_, inner) => (typeof inner === "function" ? "function" : inner));
  } catch {
    return "object";
  }
};

const context = vm.createContext({ log: null, process: { env: {} } });

async function run({ files, entry, env }) {
  const lines = [];
  const state = { steps: 0 };
  context.log = (value, result) => {
    if (++state.steps > 2000) throw new RangeError("too many steps");
    lines.push(shown(value));
    return result;
  };
  context.process = { env };
  const modules = new Map();
  const load = (path) => {
    if (!modules.has(path)) {
      modules.set(path, new vm.SourceTextModule(files[path], { context, identifier: path }));
    }
    return modules.get(path);
  };
  try {
    const main = load(entry);
    await main.link((specifier) => load(specifier.replace("./", "") + ".js"));
    await main.evaluate({ timeout: 2000 });
    return { log: lines, error: null };
  } catch (error) {
    return { log: lines, error: String(error && error.name), message: String(error && error.message) };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(JSON.stringify(await run(JSON.parse(line))) + "\n");
}
