// Decides how many entries travel in one call: the batch limits EventBridge and SQS have in common.

/** Both services take at most 10 entries a call. */
export const MAX_ENTRIES = 10;
/** Both services take at most 1 MiB a call, and so for one entry. */
export const MAX_BYTES = 1_048_576;

/** An entry with its place in the caller's list, which failures are reported by. */
export type Sized<T> = { index: number; bytes: number; entry: T };

/** Cuts a list, in order, into chunks of at most 10 entries and 1 MiB; no entry may be larger than that. */
export function chunks<T>(entries: readonly Sized<T>[]): Sized<T>[][] {
  const all: Sized<T>[][] = [];
  let chunk: Sized<T>[] = [];
  let bytes = 0;
  for (const sized of entries) {
    if (chunk.length === MAX_ENTRIES || (chunk.length > 0 && bytes + sized.bytes > MAX_BYTES)) {
      all.push(chunk);
      chunk = [];
      bytes = 0;
    }
    chunk.push(sized);
    bytes += sized.bytes;
  }
  if (chunk.length > 0) all.push(chunk);
  return all;
}

/** Length of a text in UTF-8, the unit of both limits. */
export function bytesOf(text: string): number {
  return Buffer.byteLength(text, "utf8");
}
