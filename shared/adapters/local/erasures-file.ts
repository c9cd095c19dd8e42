// Decides where the local mode remembers erasures: one line each in a file beside the data file, which may be restored to before.
import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Erasures, NotedErasure } from "../../pipeline/ports.ts";
import { notedKey } from "../noted-key.ts";

const FILE_NAME = "erasures.jsonl";

/** The erasures of one data folder. A line that a crash cut off is passed over: its erasure is noted again by its job. */
export function erasuresFile(folder: string): Erasures {
  const path = join(folder, FILE_NAME);
  return {
    note: async (erasure) => {
      const line = JSON.stringify(erasure);
      const lines = linesOf(path);
      if (lines.includes(line)) return;
      // Behind a line that was cut off begins a new one.
      const start = lines.at(-1) === "" || lines.length === 0 ? "" : "\n";
      appendFileSync(path, `${start}${line}\n`, { mode: 0o600, flush: true });
    },
    list: async () => {
      const latest = new Map(
        linesOf(path)
          .flatMap(erasureIn)
          .map((erasure) => [notedKey(erasure), erasure]),
      );
      return { items: [...latest.values()] };
    },
  };
}

function linesOf(path: string): string[] {
  try {
    return readFileSync(path, "utf8").split("\n");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

function erasureIn(line: string): NotedErasure[] {
  try {
    return line === "" ? [] : [JSON.parse(line) as NotedErasure];
  } catch {
    return [];
  }
}
