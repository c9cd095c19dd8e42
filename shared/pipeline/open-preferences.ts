// Decides what somebody sees of themselves by the link in a mail: what they chose, what they got and why; nothing is changed.
import { type Address, NEW_ADDRESS, type SuppressionReason } from "../domain/address.ts";
import type { Catalogue } from "../domain/catalogue.ts";
import { normalAddress } from "../domain/email-address.ts";
import { foreignText } from "../domain/foreign-text.ts";
import { isFresh, mailsFreshLinks } from "../domain/fresh-link.ts";
import type { GateFacts } from "../domain/gate-facts.ts";
import { isExistingCustomer } from "../domain/gates/consent.ts";
import type { Instant } from "../domain/instant.ts";
import { isLawful } from "../domain/lawful-basis.ts";
import { type Links, readLink } from "../domain/link-token.ts";
import { personFacts } from "../domain/person-facts.ts";
import type { Profile } from "../domain/profile.ts";
import type { Settings } from "../domain/settings.ts";
import { textTrait } from "../domain/trait.ts";
import { type Choice, type MailStory, purposesOffered } from "../domain/why-words.ts";
import { loadCatalogue } from "./catalogue-store.ts";
import { addressKey, addressKeyOf, sendKey } from "./keys.ts";
import { lastMails } from "./last-mails.ts";
import type { Ports } from "./ports.ts";
import { loadAddressAt } from "./records/address-record.ts";
import { readSend } from "./records/send-record.ts";
import { loadState } from "./records/state.ts";

/** Characters of a name that a page shows. */
const MAX_NAME = 60;

/** What is said to anybody: whose page it is, and in which language where nobody asks for one. */
export type ShopPage = { shop: Settings["shop"]; locale: string };

/** Everything a person's page shows. Texts are of others: escape. */
export type Centre = ShopPage & {
  link: Links["preferences"];
  /** The locale the person named. */
  wanted?: string;
  zone: string;
  firstName?: string;
  /** Downloading and erasing take a fresh link, which this one is not (any more); whoever got the mail passed on has no way. */
  needsFreshLink: boolean;
  /** Partition of the address the person has now. */
  addressPk: string;
  /** Not readable by who does not know it. */
  maskedAddress: string;
  choices: Choice[];
  pausedUntil?: Instant;
  /** Why nothing at all reaches the address. */
  closedBy?: SuppressionReason;
  mails: MailStory[];
};

/**
 * `elsewhere`: the mail of this link did not go to the address the person has now, so whoever reads it may be somebody else
 * and sees nothing, but may say no. `gone`: nothing is kept of the person any more.
 */
export type Opened =
  | ({ kind: "open" } & Centre)
  | ({ kind: "elsewhere"; link: Links["preferences"]; wanted?: string } & ShopPage)
  | ({ kind: "gone" | "expired" | "unknown" } & ShopPage);

/** Reads a link and what it opens. Cost: 3 queries and 3 reads, and some of the person's last mails. */
export async function openCentre(ports: Ports, token: string): Promise<Opened> {
  const now = ports.clock.now();
  const link = readLink(await ports.secrets.get("link"), "preferences", { token, now });
  const catalogue = await loadCatalogue(ports);
  const page = shopPage(catalogue.settings);
  if (link === undefined) return { kind: "unknown", ...page };
  if (link === "expired") return { kind: "expired", ...page };
  const [state, send] = await Promise.all([
    loadState(ports, link.profileId),
    ports.table.get(sendKey(link.profileId, link.sendId)),
  ]);
  if (state === undefined) return { kind: "gone", ...page };
  const { profile } = state;
  const wanted = textTrait(profile.traits, "locale");
  const language = wanted === undefined ? {} : { wanted };
  const email = normalAddress(textTrait(profile.traits, "email") ?? "");
  const key = email === undefined ? undefined : addressKey(await ports.secrets.get("identity"), email);
  const sentTo = send && readSend(send).ledger.address;
  if (email === undefined || key === undefined || key.pk !== sentTo)
    return { kind: "elsewhere", link, ...language, ...page };
  const { address } = await loadAddressAt(ports, addressKeyOf(key.pk));
  const facts = { ...personFacts(profile, catalogue.settings, "marketing"), settings: catalogue.settings, address };
  const firstName = foreignText(textTrait(profile.traits, "firstName") ?? "", MAX_NAME);
  const pausedUntil = address.pauses["marketing"];
  const closedBy = Object.keys(address.suppressions)[0] as SuppressionReason | undefined;
  return {
    ...{ kind: "open", link, ...page, ...language },
    zone: facts.zone,
    ...(firstName !== undefined && { firstName }),
    needsFreshLink: !isFresh(link, now) && canMailFreshLink(catalogue, address),
    addressPk: key.pk,
    maskedAddress: masked(email),
    choices: choicesOf(profile, facts, now),
    ...(pausedUntil !== undefined && pausedUntil > now && { pausedUntil }),
    ...(closedBy !== undefined && { closedBy }),
    mails: await lastMails(ports, catalogue, { profile, alsoOf: link.sendId }),
  };
}

/**
 * Where no mail can bring a fresh link every link does everything: people have a right to their data and to its erasure, and
 * must never be without a way to them. That a mail may have been passed on weighs less.
 */
function canMailFreshLink(catalogue: Catalogue, { suppressions, optOuts }: Address): boolean {
  const isClosed = Object.keys(suppressions).length > 0 || optOuts["service"] !== undefined;
  return !isClosed && mailsFreshLinks(catalogue);
}

/** What is shown to whoever has no link that is good. */
export async function openShop(ports: Ports): Promise<ShopPage> {
  return shopPage((await loadCatalogue(ports)).settings);
}

const shopPage = ({ shop, locales }: Catalogue["settings"]): ShopPage => ({ shop, locale: locales.default });

type Facts = Pick<GateFacts, "settings" | "country" | "lastPurchaseAt" | "address">;

function choicesOf({ consents }: Profile, facts: Facts, now: Instant): Choice[] {
  return purposesOffered(consents).map((purpose): Choice => {
    const consent = consents[purpose];
    const saidNoAt = (facts.address ?? NEW_ADDRESS).optOuts[purpose];
    // Who shares the address said so, or another mail's link: it counts for this person too.
    if (saidNoAt !== undefined && consent?.state !== "denied")
      return { purpose, state: "denied", said: { at: saidNoAt, byPerson: true } };
    if (consent !== undefined) {
      const { at, how, actor } = consent;
      return { purpose, state: consent.state, said: { at, ...(how && { how }), byPerson: actor === "person" } };
    }
    const lawful =
      isLawful(facts.settings, { purpose, consent, country: facts.country }) ||
      (purpose === "marketing" && isExistingCustomer(facts, now));
    return { purpose, state: lawful ? "lawful" : "unasked" };
  });
}

/** "a•••@shop.example": enough to know one's own by. */
function masked(email: string): string {
  const [local = "", domain = ""] = email.split("@");
  return `${[...local][0] ?? ""}•••@${domain}`;
}
