// Decides which filters a template may use, and how money and dates read in the mail's language.
import type { Context } from "liquidjs";
import { parseBirthday } from "./birthday.ts";
import { parseInstant } from "./instant.ts";
import type { Json } from "./json.ts";
import { decimalsOf, isMoney } from "./money.ts";
import { isZone } from "./zone.ts";

/** What liquidjs hands to a filter as `this`, as far as it is used here. */
type FilterCall = { context: Context };
type Filter = (this: FilterCall, value: Json | undefined, ...args: unknown[]) => string;

/** Liquid's own filters that stay: pure, deterministic, and never a way around escaping. */
export const keptFilters: ReadonlySet<string> = new Set(
  [
    "abs append at_least at_most capitalize ceil compact concat default divided_by downcase first floor join last lstrip",
    "map minus modulo plus prepend remove remove_first replace replace_first reverse round rstrip size slice sort split",
    "strip strip_html strip_newlines sum times truncate truncatewords uniq upcase url_encode where",
  ]
    .join(" ")
    .split(" "),
);

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
