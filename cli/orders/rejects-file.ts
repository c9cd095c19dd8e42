// Decides how rows that were not taken are handed back: the row as it stood, behind its line number and the reason.
import { closeSync, openSync, writeSync } from "node:fs";
import { Fault } from "../../shared/pipeline/faults.ts";
import type { CsvFile } from "./csv-file.ts";

/** Made at the first row; the header is the file's own, so that a mended rejects file can be imported as it is. */
export class RejectsFile {
  readonly path: string;
  readonly #file: Pick<CsvFile, "delimiter" | "header">;
  #descriptor: number | undefined;
  count = 0;

  constructor(path: string, file: Pick<CsvFile, "delimiter" | "header">) {
    this.path = path;
    this.#file = file;
  }

  add({ line, text }: { line: number; text: string }, reason: string): void {
    const { delimiter, header } = this.#file;
    this.#descriptor ??= this.#create(["line", "reason", header].join(delimiter));
    writeSync(this.#descriptor, `${[line, quoted(reason), text].join(delimiter)}\n`);
    this.count++;
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  #create(header: string): number {
    try {
      const descriptor = openSync(this.path, "w");
      writeSync(descriptor, `${header}\n`);
      return descriptor;
    } catch (cause) {
      const message = `The rejected rows cannot be written to ${this.path} (${(cause as NodeJS.ErrnoException).code}); name another file with --rejects.`;
      throw new Fault("rejects_unwritable", message, { retryable: false, cause });
    }
  }
}

const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
