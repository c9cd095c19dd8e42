// Decides how the server is started, killed at seeded moments and started again, and what each dead process left behind.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { addressOf, WRITE_KEY } from "../support/local-server.ts";
import type { NastyMailer } from "./nasty-mailer.ts";
import { pause } from "./poster.ts";
import { type Held, heldIn } from "./stored.ts";

const SERVER = fileURLToPath(new URL("./server.ts", import.meta.url));
const MARKETING = fileURLToPath(new URL("./marketing", import.meta.url));

/** `when` resolves when it hurts most. */
export type Strike = { when: () => Promise<void>; told: (kill: number, held: Held) => void };
export type Victim = {
  /** The address; waits while there is none. */
  at: () => Promise<string>;
  /**
   * Kills at each moment (milliseconds from now, in order), or as soon after it as the strike says, and starts again; resolves
   * when the last start is up.
   */
  killAt: (moments: number[], how: Strike) => Promise<void>;
  /** Sends that a dead process had claimed without writing down an outcome. */
  claimsLeft: Set<string>;
  get: (path: string) => Promise<unknown>;
  clock: (advance: string) => Promise<void>;
  stop: () => Promise<void>;
};

/** Starts the server on a data folder, its log in a file. Every start draws another misfortune from the seed. */
export function aVictim({ folder, log }: { folder: string; log: string }, mailer: NastyMailer): Victim {
  let starts = 0;
  let child: ChildProcess;
  let address: Promise<string>;
  let crash: Error | undefined;
  const begin = (): Promise<string> => {
    const begun = startServer(folder, { ...mailer, seed: mailer.seed * 1_000 + starts++ });
    begun.stderr?.on("data", (chunk: Buffer) => appendFileSync(log, chunk));
    begun.once("exit", (code, signal) => {
      // Nobody asked it to: who waits for the server waits in vain.
      if (!begun.killed) crash ??= new Error(`The server ended by itself with ${code ?? signal}; its log is ${log}.`);
    });
    child = begun;
    const begunAt = addressOf(begun);
    // Whoever waits for the address learns of it.
    begunAt.catch(() => undefined);
    return begunAt;
  };
  address = begin();
  const alone = () => child.kill("SIGKILL");
  process.once("exit", alone);
  const claimsLeft = new Set<string>();
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
  };
  const at = async (): Promise<string> => {
    for (;;) {
      if (crash !== undefined) throw crash;
      const asked = address;
      const url = await asked.catch((error: unknown) => {
        // A start that was killed is followed by another.
        if (asked === address) throw error;
      });
      if (url !== undefined) return url;
    }
  };
  return {
    at,
    claimsLeft,
    async killAt(moments, { when, told }) {
      const startedAt = performance.now();
      for (const [kill, moment] of moments.entries()) {
        // Perhaps in the middle of the start that followed the kill before.
        await pause(startedAt + moment - performance.now());
        await when();
        let isUp = (_url: Promise<string>) => {};
        address = new Promise((resolve) => {
          isUp = resolve;
        });
        await end("SIGKILL");
        const held = heldIn(folder);
        for (const id of held.claims) claimsLeft.add(id);
        told(kill + 1, held);
        isUp(begin());
      }
      await at();
    },
    get: async (path) => (await fetch((await at()) + path)).json(),
    clock: async (advance) => {
      const headers = { "content-type": "application/json" };
      const body = JSON.stringify({ advance });
      const answer = await fetch(`${await at()}/api/clock`, { method: "POST", headers, body });
      if (!answer.ok) throw new Error(await answer.text());
    },
    stop: () => {
      process.off("exit", alone);
      return end("SIGTERM");
    },
  };
}

function startServer(folder: string, mailer: NastyMailer): ChildProcess {
  const own = {
    PORT: "0",
    RELANCE_DATA: folder,
    RELANCE_WRITE_KEY: WRITE_KEY,
    RELANCE_TORTURE: JSON.stringify(mailer),
  };
  const words = [SERVER, "dev", "--empty", "--marketing", MARKETING];
  return spawn(process.execPath, words, { env: { ...process.env, ...own }, stdio: ["ignore", "pipe", "pipe"] });
}

/** What the server logged as errors: whatever the torture does to it, it knows how to go on. */
export function readErrors(log: string): string[] {
  const lines = existsSync(log) ? readFileSync(log, "utf8").split("\n") : [];
  return lines.filter((line) => line.startsWith('{"level":"error"'));
}
