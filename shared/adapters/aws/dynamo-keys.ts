// Decides how a key range is written as the one sort-key condition that DynamoDB takes.
import type { Range } from "../../pipeline/ports.ts";

type KeyCondition = {
  KeyConditionExpression: string;
  ExpressionAttributeNames: Record<string, string>;
  ExpressionAttributeValues: Record<string, string>;
};

/** No key holds this character, so a prefix followed by it lies behind every key with that prefix. */
const LAST = "\u{10FFFF}";

/** The condition on a partition and its sort key; `undefined` when no key can be in the range. */
export function keyCondition(range: Range, [partition, sort]: readonly [string, string]): KeyCondition | undefined {
  const { text, values } = sortCondition(range) ?? {};
  if (text === undefined) return undefined;
  return {
    KeyConditionExpression: text === "" ? "#p = :p" : `#p = :p AND ${text}`,
    ExpressionAttributeNames: text === "" ? { "#p": partition } : { "#p": partition, "#s": sort },
    ExpressionAttributeValues: { ":p": range.pk, ...values },
  };
}

function sortCondition(range: Range): { text: string; values: Record<string, string> } | undefined {
  const { prefix, from = "", to } = range;
  if (prefix && from === "" && to === undefined) return { text: "begins_with(#s, :x)", values: { ":x": prefix } };
  const low = prefix !== undefined && compare(prefix, from) > 0 ? prefix : from;
  const end = prefix ? prefix + LAST : undefined;
  const high = end !== undefined && (to === undefined || compare(end, to) < 0) ? end : to;
  if (low === "" && high === undefined) return { text: "", values: {} };
  if (high === undefined) return { text: "#s >= :x", values: { ":x": low } };
  if (low === "") return high === "" ? undefined : { text: "#s <= :y", values: { ":y": high } };
  return compare(low, high) > 0 ? undefined : { text: "#s BETWEEN :x AND :y", values: { ":x": low, ":y": high } };
}

/** By UTF-8 bytes, as DynamoDB orders keys. */
function compare(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
