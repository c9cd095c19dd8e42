// Decides what happens when the company is told of a consent on other ways, such as a letter: stored first, then others hear.
import type { Consent } from "../domain/consent.ts";
import { iso } from "../domain/instant.ts";
import { consentNews } from "../domain/own-news.ts";
import { loadCatalogue } from "./catalogue-store.ts";
import { type ConsentOutcome, consentByCompany } from "./consent-writes.ts";
import type { Ports } from "./ports.ts";
import { tell } from "./tell.ts";

/** Counts before it returns; that nobody could be told must not look as if it did not. */
export async function changeByCompany(ports: Ports, profileId: string, said: Consent): Promise<ConsentOutcome> {
  const outcome = await consentByCompany(ports, profileId, said);
  if (outcome !== "changed") return outcome;
  const { purpose, at: occurredAt, state } = said;
  const type = consentNews(state);
  const id = `${profileId}/${type}/${purpose}/${iso(occurredAt)}`;
  try {
    await tell(ports, await loadCatalogue(ports), [{ profileId, type, id, occurredAt, properties: { purpose } }]);
  } catch (error) {
    ports.log.error("news of a consent not told", { type, error: error instanceof Error ? error.name : "unknown" });
  }
  return outcome;
}
