// Decides which filters a template may use, and how money and dates read in the mail's language.
import type { Context, FilterImplOptions } from "liquidjs";
import { parseBirthday } from "./birthday.ts";
import { parseInstant } from "./instant.ts";
import type { Json } from "./json.ts";
import { decimalsOf, isMoney } from "./money.ts";
import { isZone } from "./zone.ts";

/** What liquidjs hands to a filter as `this`, as far as it is used here. */
type FilterCall = { context: Context };
type Filter = (this: FilterCall, value: Json | undefined, ...args: unknown[]) => string;

const listOf = (names: string): ReadonlySet<string> => new Set(names.split(" "));
/** Filters that make a text of whatever they are given, and those that make a number of it. */
const ofTexts = listOf(
  "append capitalize downcase lstrip prepend remove remove_first replace replace_first rstrip split strip strip_html strip_newlines truncate truncatewords upcase url_encode",
);
const ofNumbers = listOf("abs at_least at_most ceil divided_by floor minus modulo plus round times");
const ofLists = listOf("compact concat default first join last map reverse size slice sort sum uniq where");

/** Liquid's own filters that stay: pure, deterministic, and never a way around escaping. */
export const keptFilters: ReadonlySet<string> = new Set([...ofTexts, ...ofNumbers, ...ofLists]);

/** Throws for a value that would read as [object Object], or as a list without blanks. */
export function refuseGroups(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  if (isMoney(value as Json)) throw new TypeError("is an amount; print it with | money");
  throw new TypeError(Array.isArray(value) ? "is a list; print its parts" : "is a group of fields; print one of them");
}

/** Liquid counts a text that is no number as 0, and the mail would say so. */
function refuseNonNumber(name: string, value: unknown): void {
  if (value === undefined || value === null || typeof value === "number") return;
  if (typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value))) return;
  throw new TypeError(`${name} needs a number`);
}

type LiquidFilter = Extract<FilterImplOptions, (...args: never[]) => unknown>;

/** One of Liquid's own filters that refuses what it would make nonsense of. */
export function guardedFilter(name: string, filter: LiquidFilter): LiquidFilter {
  return function (value: unknown, ...args: unknown[]) {
    const given = [value, ...args];
    if (ofTexts.has(name)) given.forEach(refuseGroups);
    if (ofNumbers.has(name)) for (const one of given) refuseNonNumber(name, one);
    if (name === "join") for (const one of Array.isArray(value) ? value : [value]) refuseGroups(one);
    return filter.call(this, value, ...args);
  };
}

const DATE_STYLES = {
  long: { day: "numeric", month: "long", year: "numeric" },
  short: { day: "2-digit", month: "2-digit", year: "numeric" },
  day: { weekday: "long", day: "numeric", month: "long" },
  month: { month: "long", year: "numeric" },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>;
type DateStyle = keyof typeof DATE_STYLES;
const YEARLESS: Intl.DateTimeFormatOptions = { day: "numeric", month: "long" };

export const dateStyles: readonly string[] = Object.keys(DATE_STYLES);

const MAX_FORMATTERS = 500;
const formatters = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat>();

/** Building an Intl formatter costs 50 times as much as using it. */
function formatter<T extends Intl.NumberFormat | Intl.DateTimeFormat>(key: string, build: () => T): T {
  const known = formatters.get(key);
  if (known !== undefined) return known as T;
  if (formatters.size >= MAX_FORMATTERS) formatters.clear();
  const built = build();
  formatters.set(key, built);
  return built;
}

function setting(filter: FilterCall, name: "locale" | "timezone"): string | undefined {
  const value = (filter.context.environments as Record<string, unknown>)[name];
  return typeof value === "string" ? value : undefined;
}

/** `{{ event.amount | money }}`: an amount as the mail's locale writes it, "1 234,50 €". */
function money(this: FilterCall, value: Json | undefined): string {
  if (!isMoney(value)) throw new TypeError("money needs an amount with a currency");
  const locale = setting(this, "locale");
  const digits = decimalsOf(value.currency);
  const format = formatter(`${locale} ${value.currency}`, () => {
    const bounds = { minimumFractionDigits: digits, maximumFractionDigits: digits };
    return new Intl.NumberFormat(locale, { style: "currency", currency: value.currency, ...bounds });
  });
  return format.format(value.amount / 10 ** digits);
}

function dateFormatter(filter: FilterCall, zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const locale = setting(filter, "locale");
  return formatter(
    `${locale} ${zone} ${JSON.stringify(options)}`,
    () => new Intl.DateTimeFormat(locale, { ...options, timeZone: zone }),
  );
}

/**
 * `{{ event.lastPurchaseAt | date }}`, `| date: "short"`, `"day"` or `"month"`: an ISO instant on the reader's calendar,
 * or an ISO date or birthday as it stands. Never the current time: a mail says the same whenever it is rendered.
 */
function date(this: FilterCall, value: Json | undefined, style: unknown = "long"): string {
  if (typeof style !== "string" || !Object.hasOwn(DATE_STYLES, style)) {
    throw new TypeError(`date knows the styles ${dateStyles.join(", ")}`);
  }
  const at = typeof value === "string" ? parseInstant(value) : undefined;
  if (at !== undefined) {
    const zone = setting(this, "timezone") ?? "UTC";
    const isDay = (value as string).length === 10;
    return dateFormatter(this, isDay || !isZone(zone) ? "UTC" : zone, DATE_STYLES[style as DateStyle]).format(at);
  }
  const birthday = typeof value === "string" ? parseBirthday(value) : undefined;
  if (birthday === undefined) throw new TypeError("date needs a date such as 2026-05-01 or an ISO instant");
  return dateFormatter(this, "UTC", YEARLESS).format(Date.UTC(2000, birthday.month - 1, birthday.day));
}

/** Filters of Relance's own, by name. */
export const ownFilters: Readonly<Record<string, Filter>> = { money, date };
