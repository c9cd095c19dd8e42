// Decides how pages are written: whatever is put into one is escaped, unless it is a part made the same way.

/** A finished part of a page. */
export type Html = { readonly markup: string };
type Value = string | number | undefined | Html | readonly Html[];

/** A template whose values are escaped; parts made by it, and lists of them, stand as they are; `undefined` is nothing. */
export function html(parts: TemplateStringsArray, ...values: Value[]): Html {
  const markup = parts.map((part, index) => part + (index < values.length ? markupOf(values[index]) : "")).join("");
  return { markup };
}

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

function markupOf(value: Value): string {
  if (value === undefined) return "";
  if (typeof value === "string") return value.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
  if (typeof value === "number") return String(value);
  return "markup" in value ? value.markup : value.map(({ markup }) => markup).join("");
}
