// Decides how tests use the command line: run in this process with its output captured, or as a process of its own.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { run } from "../../cli/run.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

export type Ended = { code: number; out: string; err: string };
export type Options = {
  data: string;
  variables?: Record<string, string>;
  /** Called with each text on standard error and a way to press Ctrl-C. */
  onError?: (text: string, stop: () => void) => void;
};

/** Runs a command line in this process. */
export async function relance(words: string[], { data, variables = {}, onError }: Options): Promise<Ended> {
  const ended = { code: -1, out: "", err: "" };
  let stop: AbortController | undefined;
  const output = {
    out: (text: string) => {
      ended.out += text;
    },
    err: (text: string) => {
      ended.err += text;
      onError?.(text, () => stop?.abort());
    },
    // Shows progress ten times a second.
    isTerminal: onError !== undefined,
  };
  const stopOn = (controller: AbortController) => {
    stop = controller;
  };
  ended.code = await run(words, { output, variables: { RELANCE_DATA: data, PORT: "0", ...variables }, stopOn });
  return ended;
}

/** Runs a command that answers in JSON. */
export async function relanceJson<T>(words: string[], options: Options): Promise<T> {
  const { code, out, err } = await relance([...words, "--json"], options);
  if (code !== 0) throw new Error(`relance ${words.join(" ")} ended with ${code}: ${out}${err}`);
  return JSON.parse(out) as T;
}

export type Running = { child: ChildProcess; ended: Promise<Ended>; said: () => string };

/** Starts a command as a process; it is killed when the test ends. */
export function startRelance(words: string[], { data, variables = {} }: Options): Running {
  const env = { ...process.env, RELANCE_DATA: data, PORT: "0", ...variables };
  const child = spawn(process.execPath, ["cli/main.ts", ...words], { cwd: root, env });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  let out = "";
  let err = "";
  child.stdout.on("data", (part) => {
    out += part;
  });
  child.stderr.on("data", (part) => {
    err += part;
  });
  const ended = once(child, "close").then(([code]): Ended => ({ code: code as number, out, err }));
  return { child, ended, said: () => out };
}

/** Resolves when a running command has said something that matches. */
export async function hasSaid({ child, said, ended }: Running, pattern: RegExp): Promise<void> {
  const gone = ended.then(({ err }) => {
    throw new Error(`it ended before it said ${pattern}: ${err}`);
  });
  while (!pattern.test(said()))
    await Promise.race([once(child.stdout as NonNullable<ChildProcess["stdout"]>, "data"), gone]);
  gone.catch(() => undefined);
}
