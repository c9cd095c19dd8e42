// Decides how a counter is written inside a profile's item: as few numbers as tell it.
import type { Json } from "../../domain/json.ts";
import type { Bucket, Counter } from "../../domain/profile.ts";

/** A counter of stamps alone is a list of numbers; one that keeps more names what it keeps. */
export type WrittenCounter =
  | number[]
  | { n: number; at?: number[]; by?: string[]; first?: number; sums?: WrittenBucket[] };

/** A bucket of one readable event is its instant and its value. */
type WrittenBucket = [lastAt: number, value: number] | [number, number, number, number, number, number, number];

/** The stored form of a counter. */
export function writeCounter({ count, recent, values, firstAt, buckets }: Counter): Json {
  if (values === undefined && firstAt === undefined && buckets === undefined) return [count, ...recent];
  return {
    n: count,
    ...(recent.length > 0 && { at: recent }),
    ...(values !== undefined && { by: values }),
    ...(firstAt !== undefined && { first: firstAt }),
    ...(buckets !== undefined && { sums: buckets.map(writeBucket) }),
  };
}

function writeBucket(bucket: Bucket): number[] {
  const { lastAt, readable, unreadable, sum, millionths, min, max } = bucket;
  return readable === 1 && unreadable === 0 && millionths === 0
    ? [lastAt, sum]
    : [lastAt, readable, unreadable, sum, millionths, min, max];
}

/** Reads a counter back. */
export function readCounter(stored: WrittenCounter): Counter {
  if (Array.isArray(stored)) return { count: stored[0] as number, recent: stored.slice(1) };
  return {
    count: stored.n,
    recent: stored.at ?? [],
    ...(stored.by !== undefined && { values: stored.by }),
    ...(stored.first !== undefined && { firstAt: stored.first }),
    ...(stored.sums !== undefined && { buckets: stored.sums.map(readBucket) }),
  };
}

function readBucket(written: WrittenBucket): Bucket {
  if (written.length === 2) {
    const [lastAt, value] = written;
    return { lastAt, readable: 1, unreadable: 0, sum: value, millionths: 0, min: value, max: value };
  }
  const [lastAt, readable, unreadable, sum, millionths, min, max] = written;
  return { lastAt, readable, unreadable, sum, millionths, min, max };
}
