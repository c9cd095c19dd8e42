// Decides what a person's click on "unsubscribe" changes: the address at once, before it is answered; then others hear.
import { withOptOut } from "../domain/address.ts";
import type { ConsentState } from "../domain/consent.ts";
import { iso } from "../domain/instant.ts";
import type { JsonObject } from "../domain/json.ts";
import { type Links, readLink } from "../domain/link-token.ts";
import { consentNews } from "../domain/own-news.ts";
import { localeFor, type Settings } from "../domain/settings.ts";
import { textTrait } from "../domain/trait.ts";
import { ownMeans } from "../domain/why-words.ts";
import { loadCatalogue } from "./catalogue-store.ts";
import { type ConsentOutcome, consentByPerson, type OfMail, type Word } from "./consent-writes.ts";
import { insistOn } from "./insist.ts";
import { addressKeyOf, profileKey, sendKey } from "./keys.ts";
import type { Ports } from "./ports.ts";
import { changeAddress } from "./records/address-record.ts";
import { readSend } from "./records/send-record.ts";
import { loadState } from "./records/state.ts";
import { readTombstone } from "./records/tombstone.ts";
import { type OwnFact, tell } from "./tell.ts";

/** What the page shows: whose shop, in which language, and what the link stands for. `wanted`: the locale the person named. */
export type PreferencesPage = {
  shop: Settings["shop"];
  locale: string;
  wanted?: string;
  link: Links["unsubscribe"];
};

/** Reads a link without changing anything (mail scanners follow links); `undefined` when it is not one of ours. */
export async function openPreferences(ports: Ports, token: string): Promise<PreferencesPage | undefined> {
  const link = readLink(await ports.secrets.get("link"), "unsubscribe", { token, now: ports.clock.now() });
  if (link === undefined || link === "expired") return undefined;
  const [{ settings }, state] = await Promise.all([loadCatalogue(ports), loadState(ports, link.profileId)]);
  const wanted = state && textTrait(state.profile.traits, "locale");
  const locale = localeFor(wanted, settings.locales);
  return { shop: settings.shop, locale, ...(wanted !== undefined && { wanted }), link };
}

/**
 * Opts the person out of the link's purpose: the address the mail went to, the address they have now, and the consent of
 * the profile. Counts before it returns, and repeats change nothing. `how`: by what means they said so.
 */
export async function unsubscribe(
  ports: Ports,
  link: Links["unsubscribe"],
  how: string = ownMeans.oneClick,
): Promise<void> {
  const outcome = await consentByPerson(ports, link, { purpose: link.purpose, state: "denied", how });
  if (outcome === undefined) await closeForgotten(ports, link);
  await tellOf(ports, link, { outcome, purpose: link.purpose, state: "denied", isUnsubscribe: true });
}

/** Stores what a person chose on the page of their choices; counts before it returns. */
export async function choose(ports: Ports, link: OfMail, word: Word): Promise<void> {
  const outcome = await consentByPerson(ports, link, word);
  await tellOf(ports, link, { outcome, purpose: word.purpose, state: word.state });
}

/** Who was erased and came back is somebody else to us; an old mail still says no for where it went. */
async function closeForgotten(ports: Ports, { profileId, purpose }: Links["unsubscribe"]): Promise<void> {
  const item = await ports.table.get(profileKey(profileId));
  const at = ports.clock.now();
  for (const pk of (item && readTombstone(item))?.addresses ?? []) {
    await changeAddress(ports, addressKeyOf(pk), (address) => withOptOut(address, purpose, at));
  }
}

type News = { outcome: ConsentOutcome; purpose: string; state: ConsentState; isUnsubscribe?: true };

/** What was changed is in force already: that nobody could be told must not look as if it were not. */
async function tellOf(ports: Ports, { profileId, sendId }: OfMail, news: News): Promise<void> {
  if (news.outcome !== "changed") return;
  const occurredAt = ports.clock.now();
  const type = consentNews(news.state);
  const fact = (told: string, properties: JsonObject): OwnFact => ({
    ...{ profileId, type: told, occurredAt, properties },
    id: `${sendId}/${told}/${news.purpose}/${iso(occurredAt)}`,
  });
  try {
    const item = news.isUnsubscribe && (await ports.table.get(sendKey(profileId, sendId)));
    const facts = [
      fact(type, { purpose: news.purpose }),
      ...(item ? [fact("email.unsubscribed", mailProperties(readSend(item).send))] : []),
    ];
    const catalogue = await loadCatalogue(ports);
    await insistOn(ports, profileId, () => tell(ports, catalogue, facts));
  } catch (error) {
    ports.log.error("news of a choice not told", { type, error: error instanceof Error ? error.name : "unknown" });
  }
}

const mailProperties = ({
  id,
  campaign,
  step,
  template,
}: {
  id: string;
  campaign: string;
  step: string;
  template: string;
}) => ({
  ...{ sendId: id, campaign, step, template },
});
