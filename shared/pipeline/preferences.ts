// Decides what a person's click on "unsubscribe" changes: the address at once, before it is answered; then others hear.
import { withOptOut } from "../domain/address.ts";
import type { Consent } from "../domain/consent.ts";
import { OWN_SOURCE } from "../domain/deciding.ts";
import { normalAddress } from "../domain/email-address.ts";
import { iso } from "../domain/instant.ts";
import { readUnsubscribeToken, type UnsubscribeLink } from "../domain/link-token.ts";
import type { Settings } from "../domain/settings.ts";
import { localeFor } from "../domain/settings.ts";
import { textTrait } from "../domain/trait.ts";
import { loadCatalogue } from "./catalogue-store.ts";
import { insist } from "./insist.ts";
import { addressKey, addressKeyOf, consentKey, SCHEMA, sendKey } from "./keys.ts";
import type { Ports } from "./ports.ts";
import { changeAddress } from "./records/address-record.ts";
import { readSend } from "./records/send-record.ts";
import { loadState } from "./records/state.ts";

/** What the page shows: whose shop, in which language, and what the link stands for. */
export type PreferencesPage = { shop: Settings["shop"]; locale: string; link: UnsubscribeLink };

/** Reads a link without changing anything (mail scanners follow links); `undefined` when it is not one of ours. */
export async function openPreferences(ports: Ports, token: string): Promise<PreferencesPage | undefined> {
  const link = readUnsubscribeToken(await ports.secrets.get("link"), token);
  if (link === undefined) return undefined;
  const [{ settings }, state] = await Promise.all([loadCatalogue(ports), loadState(ports, link.profileId)]);
  const locale = localeFor(state && textTrait(state.profile.traits, "locale"), settings.locales);
  return { shop: settings.shop, locale, link };
}

/**
 * Opts the person out of the link's purpose: the address the mail went to, the address they have now, and the consent of
 * the profile. Counts before it returns, and repeats change nothing.
 */
export async function unsubscribe(ports: Ports, { profileId, sendId, purpose }: UnsubscribeLink): Promise<void> {
  const at = ports.clock.now();
  // The consent first: an address that the profile takes after this is closed by whoever writes it.
  await denyConsent(ports, profileId, { purpose, channel: "email", state: "denied", at, by: `person/${sendId}` });
  const [send, state] = await Promise.all([ports.table.get(sendKey(profileId, sendId)), loadState(ports, profileId)]);
  const claimed = send && readSend(send).ledger.address;
  const email = normalAddress((state && textTrait(state.profile.traits, "email")) ?? "");
  const current = email && addressKey(await ports.secrets.get("identity"), email).pk;
  for (const pk of new Set([claimed, current].filter((pk) => pk !== undefined && pk !== ""))) {
    await changeAddress(ports, addressKeyOf(pk as string), (address) => withOptOut(address, purpose, at));
  }
  const { failed } = await ports.bus.publish([
    { source: OWN_SOURCE, type: "consent.withdrawn", at, detail: { profileId, purpose, occurredAt: iso(at) } },
  ]);
  if (failed.length > 0) ports.log.warn("notification not published", { type: "consent.withdrawn" });
}

/** The profile's consent is denied, whatever it was and whoever else writes to it. */
function denyConsent(ports: Ports, profileId: string, consent: Consent): Promise<void> {
  const key = consentKey(profileId, consent.purpose);
  return insist(ports, profileId, async () => {
    const item = await ports.table.get(key);
    if ((item?.["consent"] as Consent | undefined)?.state === "denied") return;
    const version = item?.version ?? 0;
    const put = { ...key, schema: SCHEMA, version: version + 1, consent };
    await ports.table.write({ put, if: item === undefined ? { absent: true } : { version } });
  });
}
