// Decides how a simulation tells its story: lines for people when asked, and always a hash over everything that took effect.
import { type Instant, iso } from "../../shared/domain/instant.ts";
import type { Write } from "../../shared/pipeline/ports.ts";

type Told = { scheduler: { now: Instant }; lines: string[] | undefined };

/** Adds a line, if somebody wants to read. */
export function traced({ lines, scheduler }: Told, line: () => string): void {
  lines?.push(`${iso(scheduler.now).slice(5, 23).replace("T", " ")} ${line()}`);
}

/** A running hash (FNV-1a, twice) over short texts and numbers. */
export class TraceHash {
  #low = 0x811c9dc5;
  #high = 0x1b873593;

  add(text: string): void {
    let low = this.#low;
    let high = this.#high;
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      low = Math.imul(low ^ code, 0x01000193);
      high = Math.imul(high ^ code, 0x85ebca6b);
    }
    this.#low = low ^ (low >>> 15);
    this.#high = high ^ (high >>> 13);
  }

  addNumber(value: number): void {
    this.#low = Math.imul(this.#low ^ (value | 0), 0x01000193);
    this.#high = Math.imul(this.#high ^ (value | 0) ^ Math.floor(value / 2 ** 32), 0x85ebca6b);
  }

  text(): string {
    return [this.#low, this.#high].map((half) => (half >>> 0).toString(16).padStart(8, "0")).join("");
  }
}

/** One write, for readers of a trace. */
export function inWords(write: Write): string {
  if (!("put" in write)) return "delete" in write ? `no ${write.delete.sk}` : `check ${write.check.sk}`;
  const { pk, sk, dueAt } = write.put;
  const ledger = write.put["ledger"] as { state: string; reason?: string } | undefined;
  const send = write.put["send"] as { campaign: string; step: string } | undefined;
  const what =
    ledger && send ? ` (${send.campaign}/${send.step} ${ledger.state}${ledger.reason ? ` ${ledger.reason}` : ""})` : "";
  const address = write.put["address"] === undefined ? "" : ` ${JSON.stringify(write.put["address"])}`;
  return `${pk.slice(0, 16)}/${sk.slice(0, 46)}${what}${address}${dueAt === undefined ? "" : ` due ${dueAt.slice(5, 23)}`}`;
}
