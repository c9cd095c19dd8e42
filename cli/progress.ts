// Decides how long work is shown on standard error: one line that renews itself in a terminal, a line every few seconds in a log.
import type { Output } from "./output.ts";

const TERMINAL_EVERY_MS = 100;
const LOG_EVERY_MS = 3_000;
const BAR = 24;

export type Progress = {
  /** Shows the text, unless something was shown a moment ago. */
  show(text: () => string): void;
  /** Ends with a last line. */
  end(text: string): void;
};

export function progressOn({ err, isTerminal }: Pick<Output, "err" | "isTerminal">): Progress {
  const everyMs = isTerminal ? TERMINAL_EVERY_MS : LOG_EVERY_MS;
  let shownAt = isTerminal ? Number.NEGATIVE_INFINITY : performance.now();
  const write = (text: string, end: string) => err(isTerminal ? `\r\u001b[2K${text}${end}` : `${text}\n`);
  return {
    show: (text) => {
      const now = performance.now();
      if (now - shownAt < everyMs) return;
      shownAt = now;
      write(text(), "");
    },
    end: (text) => write(text, "\n"),
  };
}

/** `[=====>      ] 41 %` */
export function barText(done: number, total: number): string {
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const filled = Math.round(share * BAR);
  return `[${"#".repeat(filled)}${".".repeat(BAR - filled)}] ${String(Math.floor(share * 100)).padStart(3)} %`;
}
