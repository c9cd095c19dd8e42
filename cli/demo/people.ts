// Decides who the demo's people are: first names, languages, countries, birthdays, consent, and a few bad addresses.
import type { Random } from "./random.ts";

/** Traits as an identify call carries them. */
export type DemoTraits = {
  email?: string;
  firstName?: string;
  locale: string;
  country?: string;
  timezone?: string;
  birthday?: string;
  company?: string;
  consent?: { marketing: "granted" | "denied" };
};

type Names = readonly [string, ...string[]];
const names = (list: string): Names => list.split(" ") as unknown as Names;

const FIRST_NAMES: Record<"fr" | "de" | "nl" | "it" | "en", Names> = {
  fr: names(
    "Adèle Agathe Alexis Amandine Anaïs Arthur Aurélie Baptiste Camille Capucine Céline Chloé Clément Damien Élise Éloïse Émile Étienne Fanny François Gaëlle Hélène Hugo Inès Jeanne Jérôme Jules Juliette Léa Léon Loïc Louise Lucas Maëlle Manon Margaux Mathilde Maxime Nathalie Noé Océane Pauline Quentin Raphaël Romane Sacha Solène Théo Valentin Yasmine Zoé",
  ),
  de: names(
    "Anke Anton Björn Clara Emil Frieda Greta Hannes Heike Ida Jakob Jana Jörg Jürgen Katrin Lena Lukas Marlene Matthias Mia Moritz Nele Oskar Paula Rüdiger Sören Tilda Uwe Wiebke",
  ),
  nl: names("Anneke Bram Daan Elke Femke Joris Lotte Maarten Mieke Nina Pieter Ruben Saskia Tine Wout"),
  it: names("Alessia Chiara Dario Elena Fabio Giulia Luca Marta Nicolò Sofia"),
  en: names("Alice Ben Charlotte Daniel Emma Grace Harry Isla Oliver Sean"),
};

const COUNTRIES = { FR: 52, BE: 16, CH: 14, DE: 14, CA: 2, LU: 2 } as const;
type Country = keyof typeof COUNTRIES;
const LOCALES: Record<Country, Readonly<Record<string, number>>> = {
  FR: { "fr-FR": 95, "en-GB": 5 },
  BE: { "fr-BE": 58, "nl-BE": 36, "en-GB": 6 },
  CH: { "fr-CH": 48, "de-CH": 42, "it-CH": 10 },
  DE: { "de-DE": 92, "en-GB": 8 },
  CA: { "fr-CA": 100 },
  LU: { "fr-LU": 70, "de-LU": 30 },
};
const ZONES: Record<Country, string> = {
  FR: "Europe/Paris",
  BE: "Europe/Brussels",
  CH: "Europe/Zurich",
  DE: "Europe/Berlin",
  CA: "America/Toronto",
  LU: "Europe/Luxembourg",
};
const DOMAINS = { "example.com": 40, "example.org": 25, "example.net": 15, "post.example": 12, "mail.example": 8 };
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

/** What the shop knows of person number `index` when they come; the shop's currency follows from the country. */
export function personOf(index: number, random: Random): DemoTraits {
  const country = random.weighted(COUNTRIES);
  const locale = random.weighted(LOCALES[country]);
  const firstName = random.pick(FIRST_NAMES[locale.slice(0, 2) as keyof typeof FIRST_NAMES]);
  const email = addressOf(index, firstName, random);
  const birthday = birthdayOf(random);
  const consent = random.weighted({ granted: 78, denied: 12, absent: 10 });
  const abroad = country === "CA" || country === "LU";
  return {
    ...(email !== undefined && { email }),
    ...(random.chance(0.94) && { firstName }),
    locale,
    ...(random.chance(0.93) && { country }),
    ...((abroad || random.chance(0.25)) && { timezone: ZONES[country] }),
    ...(birthday !== undefined && { birthday }),
    ...(consent !== "absent" && { consent: { marketing: consent } }),
  };
}

const MALFORMED: Record<number, string> = { 402: "margaux.example.com", 811: "jules@", 1307: "lea dupre@@example.org" };
const MISSING = new Set([205, 950, 1_600]);

/** A handful are bad on purpose; local parts that start with bounce or complaint make the local mailbox react. */
function addressOf(index: number, firstName: string, random: Random): string | undefined {
  const domain = random.weighted(DOMAINS);
  if (MISSING.has(index)) return undefined;
  if (MALFORMED[index] !== undefined) return MALFORMED[index];
  if (index % 331 === 17) return `bounce.${index}@${domain}`;
  if (index % 499 === 23) return `complaint.${index}@${domain}`;
  return `${plainLetters(firstName)}.${index}@${domain}`;
}

function plainLetters(name: string): string {
  return name
    .normalize("NFD")
    .replace(/[^A-Za-z]/g, "")
    .toLowerCase();
}

/** Most give the date, some only month and day, some nothing; a few are born on 29 February. */
function birthdayOf(random: Random): string | undefined {
  const known = random.weighted({ full: 58, yearless: 17, none: 25 });
  const leapDay = random.chance(0.006);
  const month = leapDay ? 2 : random.whole(1, 12);
  const day = leapDay ? 29 : random.whole(1, DAYS[month - 1] ?? 28);
  const year = leapDay ? random.whole(12, 25) * 4 + 1908 : random.whole(1946, 2006);
  if (known === "none") return undefined;
  const monthDay = `${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`;
  return known === "full" ? `${year}-${monthDay}` : `--${monthDay}`;
}
