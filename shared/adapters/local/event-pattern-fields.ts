// Decides which single values the value list of an event pattern's field lets through: one function per documented operator.
import { BlockList, isIP } from "node:net";
import { Fault } from "../../pipeline/faults.ts";

/** A test of one present value, or "absent": the field must have no value at all. */
export type FieldTest = "absent" | ((value: Value) => boolean);
type Value = string | number | boolean | null;

/** EventBridge compares numbers within this range only. */
const MAX_NUMBER = 5e9;

/** The fault of a pattern that EventBridge would not take. */
export function badPattern(where: string, problem: string): Fault {
  return new Fault("bad_pattern", `Event pattern: ${where} ${problem}.`, { retryable: false });
}

/** The tests of one field, any of which may pass; throws `bad_pattern`. */
export function fieldTests(where: string, list: unknown[]): FieldTest[] {
  if (list.length === 0) throw badPattern(where, "must list at least one value");
  return list.map((entry) => fieldTest(where, entry));
}

function fieldTest(where: string, entry: unknown): FieldTest {
  if (isValue(entry)) return (value) => value === entry;
  const [operator, operand] = single(where, entry);
  const make = OPERATORS[operator];
  if (!make) throw badPattern(where, `uses the unknown operator "${operator}"`);
  return make(`${where}: ${operator}`, operand);
}

const OPERATORS: Record<string, (where: string, operand: unknown) => FieldTest> = {
  prefix: (where, operand) => affix(where, operand, "startsWith"),
  suffix: (where, operand) => affix(where, operand, "endsWith"),
  "equals-ignore-case": (where, operand) => equalsIgnoreCase(text(where, operand)),
  wildcard: (where, operand) => wildcard(where, text(where, operand)),
  cidr,
  numeric,
  "anything-but": anythingBut,
  exists: (where, operand) => {
    if (typeof operand !== "boolean") throw badPattern(where, "must be true or false");
    return operand ? () => true : "absent";
  },
};

type Test = (value: Value) => boolean;

function affix(where: string, operand: unknown, side: "startsWith" | "endsWith"): Test {
  if (typeof operand === "string") {
    const part = text(where, operand);
    return (value) => typeof value === "string" && value[side](part);
  }
  const [operator, inner] = single(where, operand);
  if (operator !== "equals-ignore-case") throw badPattern(where, `cannot hold "${operator}"`);
  const part = text(where, inner).toLowerCase();
  return (value) => typeof value === "string" && value.toLowerCase()[side](part);
}

function equalsIgnoreCase(wanted: string): Test {
  const lower = wanted.toLowerCase();
  return (value) => typeof value === "string" && value.toLowerCase() === lower;
}

/** Passes every present value, of whatever type, that none of the named ones describes. */
function anythingBut(where: string, operand: unknown): Test {
  if (isValue(operand) || Array.isArray(operand)) return noneOf(excludedValues(where, operand));
  const [operator, inner] = single(where, operand);
  const makers: Record<string, (part: string) => Test> = {
    prefix: (part) => affix(where, part, "startsWith") as Test,
    suffix: (part) => affix(where, part, "endsWith") as Test,
    "equals-ignore-case": equalsIgnoreCase,
    wildcard: (part) => wildcard(where, part),
  };
  const make = makers[operator];
  if (!make) throw badPattern(where, `cannot hold "${operator}"`);
  const parts = Array.isArray(inner) ? inner : [inner];
  if (parts.length === 0) throw badPattern(where, "must list at least one value");
  return noneOf(parts.map((part) => make(text(where, part))));
}

function excludedValues(where: string, operand: Value | unknown[]): Test[] {
  const values = Array.isArray(operand) ? operand : [operand];
  const kinds = new Set(values.map((value) => typeof value));
  if (values.length === 0 || kinds.size > 1 || !(kinds.has("string") || kinds.has("number"))) {
    throw badPattern(where, "must be a string, a number, or a list of only the one or the other");
  }
  return values.map((excluded) => (value: Value) => value === excluded);
}

function noneOf(tests: Test[]): Test {
  return (value) => !tests.some((test) => test(value));
}

const COMPARE: Record<string, (value: number, bound: number) => boolean> = {
  "=": (value, bound) => value === bound,
  "<": (value, bound) => value < bound,
  "<=": (value, bound) => value <= bound,
  ">": (value, bound) => value > bound,
  ">=": (value, bound) => value >= bound,
};

function numeric(where: string, operand: unknown): Test {
  if (!Array.isArray(operand) || (operand.length !== 2 && operand.length !== 4)) {
    throw badPattern(where, "must list one comparison and its number, or a lower and an upper one");
  }
  const [first, low, second, high] = operand;
  const tests = [comparison(where, first, low)];
  if (operand.length === 4) {
    if (!String(first).startsWith(">") || !String(second).startsWith("<"))
      throw badPattern(where, "must name the lower bound, then the upper");
    if (!(low < high)) throw badPattern(where, "has an upper bound that is not above the lower");
    tests.push(comparison(where, second, high));
  }
  return (value) => typeof value === "number" && Math.abs(value) <= MAX_NUMBER && tests.every((test) => test(value));
}

function comparison(where: string, operator: unknown, bound: unknown): (value: number) => boolean {
  const compare = typeof operator === "string" ? COMPARE[operator] : undefined;
  if (!compare) throw badPattern(where, "must compare with one of =, <, <=, >, >=");
  if (typeof bound !== "number" || !(Math.abs(bound) <= MAX_NUMBER)) {
    throw badPattern(where, "must compare with numbers between -5e9 and 5e9");
  }
  return (value) => compare(value, bound);
}

function cidr(where: string, operand: unknown): Test {
  const [address = "", bits = ""] = text(where, operand).split("/");
  const family = familyOf(address);
  const length = Number(bits);
  if (!family || !/^\d{1,3}$/.test(bits) || length > (family === "ipv4" ? 32 : 128)) {
    throw badPattern(where, 'must be an address block such as "10.0.0.0/24"');
  }
  const block = new BlockList();
  block.addSubnet(address, length, family);
  return (value) => typeof value === "string" && familyOf(value) === family && block.check(value, family);
}

function familyOf(address: string): "ipv4" | "ipv6" | undefined {
  const version = isIP(address);
  if (version === 0) return undefined;
  return version === 4 ? "ipv4" : "ipv6";
}

/** `*` stands for any text, `\*` and `\\` for themselves. */
function wildcard(where: string, pattern: string): Test {
  const parts = [""];
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i] ?? "";
    if (char === "*") {
      if (pattern[i + 1] === "*") throw badPattern(where, "has two * in a row");
      parts.push("");
      continue;
    }
    if (char === "\\") i++;
    const literal = pattern[i];
    if (literal === undefined || (char === "\\" && literal !== "*" && literal !== "\\")) {
      throw badPattern(where, "has a backslash before something else than * or \\");
    }
    parts[parts.length - 1] += literal;
  }
  return (value) => typeof value === "string" && fits(value, parts);
}

/** Do the parts follow each other in the text, the first at its start and the last at its end? Linear, no backtracking. */
function fits(value: string, parts: string[]): boolean {
  const first = parts[0] ?? "";
  const last = parts.at(-1) ?? "";
  if (parts.length === 1) return value === first;
  if (value.length < first.length + last.length || !value.startsWith(first) || !value.endsWith(last)) return false;
  let at = first.length;
  const end = value.length - last.length;
  for (const part of parts.slice(1, -1)) {
    const found = value.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}

function single(where: string, entry: unknown): [operator: string, operand: unknown] {
  const pairs = typeof entry === "object" && entry !== null && !Array.isArray(entry) ? Object.entries(entry) : [];
  if (pairs.length === 1 && pairs[0]) return pairs[0];
  throw badPattern(where, "must hold plain values, or objects with one operator each");
}

function text(where: string, operand: unknown): string {
  if (typeof operand === "string" && operand !== "") return operand;
  throw badPattern(where, "must be a text that is not empty");
}

function isValue(value: unknown): value is Value {
  return value === null || ["string", "number", "boolean"].includes(typeof value);
}
