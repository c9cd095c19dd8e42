// Decides how the mailer of the torture test misbehaves: it throttles, hangs after accepting, and loses confirmations.
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { seededRandom } from "../../shared/adapters/local/seeded-random.ts";
import { MailRefused } from "../../shared/pipeline/faults.ts";
import type { Mail } from "../../shared/pipeline/ports.ts";

/** `known`: the outbox tells whether it took a mail. `unknowable`: nobody can tell, as with SES. */
export type Lookup = "known" | "unknowable";
/** Shares of the calls, each from 0 to 1. */
export type Nastiness = { throttled: number; hung: number; unconfirmed: number; hangMs: number };
export type NastyMailer = Nastiness & { lookup: Lookup; seed: number; log: string };
export type Misdeed = { sendId: string; did: "throttled" | "hung" | "unconfirmed" };

/** As a network takes: a process that is killed dies within calls, not only between them. */
const LATENCY_MS = 5;

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** One call to the mailer; `accept` is what the real one does. What goes wrong is written down before it happens. */
export function nastySend({ throttled, hung, unconfirmed, hangMs, seed, log }: NastyMailer) {
  const random = seededRandom(seed);
  const note = (misdeed: Misdeed) => appendFileSync(log, `${JSON.stringify(misdeed)}\n`);
  return async ({ sendId }: Mail, accept: () => Promise<{ messageId: string }>): Promise<{ messageId: string }> => {
    const draw = random();
    await pause(LATENCY_MS * random());
    if (draw < throttled) {
      note({ sendId, did: "throttled" });
      throw new MailRefused("throttled", "Too many mails at a time.");
    }
    if (draw < throttled + hung) {
      note({ sendId, did: "hung" });
      await accept();
      await pause(hangMs);
      throw new Error("The mailer did not answer in time.");
    }
    if (draw < throttled + hung + unconfirmed) {
      note({ sendId, did: "unconfirmed" });
      await accept();
      throw new Error("The connection broke before the answer.");
    }
    const answer = await accept();
    await pause(LATENCY_MS * random());
    return answer;
  };
}

/** Everything that went wrong, in order. A line that a kill cut short was never acted upon. */
export function readMisdeeds(log: string): Misdeed[] {
  if (!existsSync(log)) return [];
  const lines = readFileSync(log, "utf8").split("\n");
  return lines.filter((line) => line.endsWith("}")).map((line) => JSON.parse(line) as Misdeed);
}
