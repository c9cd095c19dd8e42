// Decides which language a page speaks: the person's own, else what their browser asks for, else the shop's.
import { type Language, languages } from "../../shared/domain/why-words.ts";
import type { HttpRequest } from "../http-function.ts";

/** `wanted`: the locale the person named; `shopLocale`: where nobody says anything that we speak. */
export function languageOf(
  { headers }: Pick<HttpRequest, "headers">,
  { wanted, shopLocale }: { wanted?: string; shopLocale: string },
): Language {
  const asked = [wanted ?? "", ...acceptedIn(headers["accept-language"] ?? ""), shopLocale];
  return asked.map(spokenIn).find((language) => language !== undefined) ?? "en";
}

const spokenIn = (locale: string) => languages.find((language) => language === locale.toLowerCase().split(/[-_]/)[0]);

/** What a browser accepts, best first: "fr-CH, fr;q=0.9, en;q=0.8". */
function acceptedIn(header: string): string[] {
  return header
    .slice(0, 500)
    .split(",")
    .map((part) => {
      const [locale = "", ...parameters] = part.trim().split(";");
      const weight = parameters.map((one) => /^\s*q=([\d.]+)\s*$/.exec(one)?.[1]).find((q) => q !== undefined);
      return { locale, weight: weight === undefined ? 1 : Number(weight) };
    })
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight)
    .map(({ locale }) => locale);
}
