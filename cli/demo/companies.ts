// Decides which leads of the demo are companies in search of presents, and how far they come.
import { DAY_MS, HOUR_MS, type Instant } from "../../shared/domain/instant.ts";
import type { Random } from "./random.ts";

const NAMES = [
  "Brasserie du Vieux Pont",
  "Cabinet Lemaire",
  "Clinique des Tilleuls",
  "Fonderie Aubry",
  "Imprimerie Colombe",
  "Kanzlei Birkenau",
  "Menuiserie Roussel",
  "Pépinières Garance",
  "Studio Petite Ourse",
  "Werkstatt Nord",
] as const;

const SHARE = 0.04;

/** The company a lead comes for; most come for themselves. */
export function companyOf(random: Random): string | undefined {
  const name = random.pick(NAMES);
  return random.chance(SHARE) ? name : undefined;
}

/** What a company does after it came, as track names: most download the catalogue sooner or later, few ask at once. */
export function interestOf(leadAt: Instant, random: Random): { at: Instant; event: string }[] {
  const after = (low: number, high: number) => leadAt + random.whole(low * 24, high * 24) * HOUR_MS + DAY_MS / 3;
  const kind = random.weighted({ early: 30, late: 25, quote: 10, never: 35 });
  if (kind === "never") return [];
  if (kind === "quote") return [{ at: after(1, 5), event: "Quote Requested" }];
  return [{ at: kind === "early" ? after(0, 6) : after(8, 25), event: "Catalogue Downloaded" }];
}
