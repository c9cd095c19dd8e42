// Decides what must be there before a script of this project runs (packages, a Node that reads TypeScript), then runs it.
// Usage: node tools/launch.mjs SCRIPT [ARGUMENTS]. Plain JavaScript on purpose: it runs first, on old Nodes and without packages.
import { spawn } from "node:child_process";
import { delimiter, dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { install, missingSet } from "./install.mjs";
import { findNode } from "./node-runtime.mjs";
import { LaunchError } from "./npm.mjs";

const SIGNALS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 };
const root = fileURLToPath(new URL("..", import.meta.url));

/** The command line needs no development packages; everything else does. */
const needOf = (script) => (/^cli[\\/]/.test(script) ? "run" : "full");

/** Packages and Node, fetched side by side; the first failure, or a signal, ends both. */
const prepare = async (script) => {
  const abort = new AbortController();
  const onSignal = (signal) => abort.abort(signal);
  for (const signal of Object.keys(SIGNALS)) process.on(signal, onSignal);
  const set = await missingSet(root, needOf(script));
  const work = [findNode(abort), set === undefined ? undefined : install({ root, set, signal: abort.signal })];
  for (const job of work) job?.catch(() => abort.abort());
  const settled = await Promise.allSettled(work); // waits for both, so that no folder is left half written
  for (const signal of Object.keys(SIGNALS)) process.off(signal, onSignal);
  if (abort.signal.reason in SIGNALS) process.exit(128 + SIGNALS[abort.signal.reason]);
  const failures = settled.filter(({ status }) => status === "rejected").map(({ reason }) => reason);
  if (failures.length > 0) throw failures.find(({ message }) => !message.startsWith("stopped")) ?? failures[0];
  return settled[0].value;
};

/** The environment of the script: tools start `node` from the PATH, so the right one must come first there. */
const environmentFor = (node) => {
  const key = Object.keys(process.env).find((name) => name.toUpperCase() === "PATH") ?? "PATH";
  const path = `${dirname(node)}${delimiter}${process.env[key] ?? ""}`;
  return { ...process.env, [key]: path, NODE: node, npm_node_execpath: node };
};

/** Runs the script as if it had been started itself: arguments, streams, signals and exit code pass through. */
const run = (node, args) => {
  const child = spawn(node, args, { stdio: "inherit", env: environmentFor(node) });
  for (const signal of Object.keys(SIGNALS)) {
    // A terminal sends Ctrl-C to the child as well; forwarding it there would deliver it twice.
    process.on(signal, () => (signal !== "SIGINT" || !process.stdin.isTTY) && child.kill(signal));
  }
  child.on("error", (error) => fail(new LaunchError(`cannot run ${node}: ${error.message}.`)));
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
};

const fail = (error) => {
  process.stderr.write(`relance: ${error instanceof LaunchError ? error.message : (error?.stack ?? error)}\n`);
  process.exit(1);
};

const [script, ...args] = process.argv.slice(2);
if (script === undefined) fail(new LaunchError("say what to run: node tools/launch.mjs SCRIPT [ARGUMENTS]."));
else
  prepare(script).then((node) => run(node, [script.startsWith("-") ? script : resolve(root, script), ...args]), fail);
