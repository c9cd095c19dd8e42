// Decides the order of keys: by their UTF-8 bytes, as DynamoDB and SQLite have it, which is not JavaScript's own order.
import type { Range } from "../../pipeline/ports.ts";

/** Compares two texts by their UTF-8 bytes, without encoding them. */
export function compareKeys(a: string, b: string): number {
  if (a === b) return 0;
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

/** UTF-16 puts surrogates (characters above U+FFFF) before U+E000; their UTF-8 bytes come after U+FFFF. */
function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

/** The smallest text above everything that starts with `prefix`; `undefined` when nothing is above. */
export function afterPrefix(prefix: string): string | undefined {
  const points = Array.from(prefix, (char) => char.codePointAt(0) ?? 0);
  while (points.length > 0) {
    const last = points.pop() ?? 0;
    if (last < 0x10ffff) return String.fromCodePoint(...points, last === 0xd7ff ? 0xe000 : last + 1);
  }
  return undefined;
}

/** A half-open stretch of sort keys: `from` belongs to it, `until` does not; no `until` means to the end. */
export type KeySpan = { from: string; until: string | undefined };

/** The stretch of sort keys that `from`, `to` and `prefix` of a range leave (`after` is not looked at). */
export function keySpan(range: Range): KeySpan {
  const span: KeySpan = { from: range.from ?? "", until: range.to === undefined ? undefined : justAfter(range.to) };
  if (range.prefix === undefined) return span;
  const end = afterPrefix(range.prefix);
  if (compareKeys(range.prefix, span.from) > 0) span.from = range.prefix;
  if (end !== undefined && (span.until === undefined || compareKeys(end, span.until) < 0)) span.until = end;
  return span;
}

/** The same stretch, continued behind `after` in the direction of reading. */
export function continuedSpan(range: Range): KeySpan {
  const span = keySpan(range);
  if (range.after === undefined) return span;
  if (range.newestFirst) {
    return span.until === undefined || compareKeys(range.after, span.until) < 0
      ? { ...span, until: range.after }
      : span;
  }
  return compareKeys(range.after, span.from) >= 0 ? { ...span, from: justAfter(range.after) } : span;
}

/** The next text in byte order: nothing lies between a text and itself followed by a zero byte. */
function justAfter(key: string): string {
  return `${key}\u0000`;
}
