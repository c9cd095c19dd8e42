// Decides how instants and happenings of a test read in one line: local times of the shop, one thing a line.
import { type Instant, iso } from "../../domain/instant.ts";
import type { Json, JsonObject } from "../../domain/json.ts";
import { isMoney, moneyText } from "../../domain/money.ts";
import { localDate } from "../../domain/zone.ts";
import type { MailOutcome } from "./play-test.ts";

const formats = new Map<string, Intl.DateTimeFormat>();

/** `2026-03-02 10:00` in the zone. */
export function timeIn(zone: string, at: Instant): string {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    formats.set(zone, format);
  }
  const { year, month, day } = localDate(at, zone);
  const two = (n: number) => String(n).padStart(2, "0");
  return year > 0 && year < 9_999 ? `${year}-${two(month)}-${two(day)} ${format.format(at)}` : iso(at);
}

/** `sent     welcome/say-hello`, `refused  welcome/say-hello (consent-unknown)`. */
export function mailLine(mail: MailOutcome): string {
  if (mail.state === "sent") return `sent     ${mail.name}`;
  return `refused  ${mail.name} (${mail.reason})`;
}

/** A value as a marketer writes it. */
export function valueText(value: Json | undefined): string {
  if (value === undefined) return "nothing";
  if (isMoney(value)) return moneyText(value);
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null) return String(value);
  return Array.isArray(value) ? `[${value.map(valueText).join(", ")}]` : fieldsText(value);
}

/** `{ order_id: o-1, amount: 80.00 EUR }`; nothing for no fields. */
export function fieldsText(fields: JsonObject): string {
  const entries = Object.entries(fields).map(([name, value]) => `${name}: ${valueText(value)}`);
  return entries.length === 0 ? "" : `{ ${entries.join(", ")} }`;
}
