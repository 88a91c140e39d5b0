// Runs many small programs of several modules each: one JSON line {files, entry, env, seeds} in, one line with
// {log, error} for each seed out. TypeScript is made JavaScript by the compiler whose path is the argument.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import vm from "node:vm";

const ts = process.argv[2] ? createRequire(import.meta.url)(process.argv[2]) : null;

const inner = (_, value) =>
  typeof value === "function" ? "function" : typeof value === "bigint" ? `${value}n` : value === undefined ? "undefined" : value;
const shown = (value) => {
  if (typeof value === "function") return "function";
  if (value === undefined) return "undefined";
  if (Object.is(value, -0)) return "-0";
  try {
    return typeof value + " " + JSON.stringify(value, inner);
  } catch {
    return "object";
  }
};

// As React: what is true, false, null or undefined shows nothing, lists are shown one after the other.
const text = (node) => {
  if (node === null || node === undefined || typeof node === "boolean") return "";
  if (Array.isArray(node)) return node.map(text).join("");
  if (typeof node === "function") return "";
  return typeof node === "object" ? (node.shown ?? "{}") : String(node);
};
const attributes = (given) =>
  Object.entries(given ?? {})
    .filter(([name, value]) => value !== undefined && name !== "children")
    .map(([name, value]) => ` ${name}=${typeof value === "function" ? "function" : JSON.stringify(value)}`)
    .join("");
const h = (tag, given, ...children) => {
  if (typeof tag === "function" && !tag.box) return { shown: text(tag({ ...given, children })) };
  const name = typeof tag === "function" ? "box" : (tag ?? "");
  return { shown: `<${name}${attributes(given)}>${text(children)}</>` };
};
const Box = Object.assign(() => null, { box: true });

// This and that, always the same for a place and a seed.
const VALUES = [true, false, 0, "", null, undefined, "x", 2, false, true, NaN, "a"];
const chance = (seed, place) => {
  let mixed = Math.imul(seed * 7919 + Number(place) * 104729 + 1, 2654435761) >>> 0;
  mixed ^= mixed >>> 15;
  return VALUES[mixed % VALUES.length];
};

const turn = () => new Promise((done) => setTimeout(done, 0));
let pending = 0;
const later = (call) => {
  pending++;
  setTimeout(() => {
    pending--;
    call();
  }, 0);
};
const context = vm.createContext({ log: null, rnd: null, process: { env: {} }, h, Frag: null, show: text, Box, ui: { Row: Box }, setTimeout: later });
process.on("unhandledRejection", () => {});

// The compiler reads a file anew that waits at its top, and may take a statement in twice.
const twice = (path, code) => {
  const setExternalModuleIndicator = (file) => (file.externalModuleIndicator = file);
  const options = { languageVersion: ts.ScriptTarget.ES2022, setExternalModuleIndicator };
  const { statements } = ts.createSourceFile(path, code, options);
  return statements.some((each, place) => place > 0 && each.pos < statements[place - 1].end);
};

const compiled = (path, code) => {
  if (!/\.tsx?$/.test(path)) return code;
  if (code.includes("await") && twice(path, code)) throw new EvalError("the compiler takes a statement in twice");
  const made = ts.transpileModule(code, {
    fileName: path,
    reportDiagnostics: true,
    compilerOptions: {
      module: ts.ModuleKind.ESNext, moduleDetection: ts.ModuleDetectionKind.Force, target: ts.ScriptTarget.ES2022, jsx: ts.JsxEmit.React,
      jsxFactory: "h", jsxFragmentFactory: "Frag",
    },
  });
  if (made.diagnostics.length) {
    throw new SyntaxError(
      made.diagnostics
        .map((each) => `${ts.flattenDiagnosticMessageText(each.messageText, " ")} ${code.slice(each.start - 40, each.start + 40)}`)
        .join("; "),
    );
  }
  return made.outputText;
};

async function run(texts, entry, env, seed) {
  const lines = [];
  const state = { steps: 0 };
  context.log = (value, result) => {
    if (++state.steps > 2000) throw new RangeError("too many steps");
    lines.push(shown(value));
    return result;
  };
  context.rnd = (place) => chance(seed, place);
  context.process = { env: { ...env, ...[{}, { MODE: "a", DEBUG: "1" }, { MODE: "b" }][seed % 3] } };
  const modules = new Map();
  const found = (specifier) => {
    const stem = specifier.replace("./", "");
    return load([`${stem}.js`, `${stem}.ts`, `${stem}.tsx`].find((path) => path in texts));
  };
  const load = (path) => {
    if (!modules.has(path)) {
      modules.set(
        path,
        new vm.SourceTextModule(texts[path], {
          context,
          identifier: path,
          importModuleDynamically: async (specifier) => {
            const wanted = found(specifier);
            if (wanted.status === "unlinked") await wanted.link(found);
            await wanted.evaluate();
            return wanted;
          },
        }),
      );
    }
    return modules.get(path);
  };
  let error = null;
  let message = "";
  try {
    const main = load(entry);
    await main.link(found);
    let ended = false;
    const evaluated = main.evaluate({ timeout: 120_000 }).finally(() => (ended = true));
    evaluated.catch(() => {});
    // Turns are counted, and not the time: nothing is to come, and it waits all the same.
    for (let idle = 0; !ended && idle < 20; idle = pending ? 0 : idle + 1) await turn();
    if (ended) await evaluated;
    else error = "Stuck";
  } catch (thrown) {
    error = String(thrown && thrown.name);
    message = String(thrown && thrown.message);
    if (error === "SyntaxError") message += ` ${String(thrown.stack).split("\n").slice(0, 3).join(" ")}`;
  }
  // What goes on by itself ends here, and says nothing in the next program.
  for (let count = 0; count < 3 || (pending && count < 200); count++) await turn();
  return { log: lines, error, message };
}

for await (const line of createInterface({ input: process.stdin })) {
  const { files, entry, env, seeds } = JSON.parse(line);
  const results = [];
  try {
    const texts = Object.fromEntries(Object.entries(files).map(([path, code]) => [path, compiled(path, code)]));
    for (const seed of seeds) results.push(await run(texts, entry, env, seed));
  } catch (thrown) {
    results.push({ log: [], error: thrown.name, message: thrown.message });
  }
  process.stdout.write(JSON.stringify(results) + "\n");
}
