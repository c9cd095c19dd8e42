// Decides what somebody is told of the mails they got: the last ones, and the one whose link they hold.
import type { Catalogue } from "../domain/catalogue.ts";
import { PURCHASE_COMPLETED } from "../domain/fold.ts";
import { groundOf } from "../domain/ground.ts";
import { personFacts } from "../domain/person-facts.ts";
import type { Profile } from "../domain/profile.ts";
import { type MailStory, wordAt } from "../domain/why-words.ts";
import { includeRevisions } from "./catalogue-store.ts";
import { profilePk } from "./keys.ts";
import { itemsOfRange } from "./pages.ts";
import type { Ports } from "./ports.ts";
import { type Proof, readProofs } from "./records/consent-proof.ts";
import { readEvent } from "./records/event-record.ts";
import { readSend, type SendRecord } from "./records/send-record.ts";

/** So many are told of: the very last may be the one that brought the link. */
const MOST = 3;

/** The newest mails that left, and that of `alsoOf` where it is older. Cost: 1 read unit per 4 KB of the person's sends. */
export async function lastMails(
  ports: Ports,
  catalogue: Catalogue,
  { profile, alsoOf }: { profile: Profile; alsoOf: string },
): Promise<MailStory[]> {
  let newest: SendRecord[] = [];
  let linked: SendRecord[] = [];
  for await (const items of itemsOfRange(ports.table, { pk: profilePk(profile.id), prefix: "SEND#" })) {
    const left = items.map(readSend).filter(hasLeft);
    linked = [...linked, ...left.filter(({ send }) => send.id === alsoOf)];
    newest = [...newest, ...left].sort((a, b) => b.ledger.at - a.ledger.at).slice(0, MOST);
  }
  const records = [...new Set([...newest, ...linked])];
  await includeRevisions(ports, catalogue, new Set(records.map(({ send }) => send.revision)));
  const proofs = records.length === 0 ? [] : await readProofs(ports, profile.id);
  return Promise.all(records.map((record) => storyOf(ports, record, { catalogue, profile, proofs })));
}

const hasLeft = ({ ledger }: SendRecord) => ledger.state === "SENT" || ledger.state === "UNKNOWN";

type Known = { catalogue: Catalogue; profile: Profile; proofs: Proof[] };

async function storyOf(ports: Ports, { send, ledger }: SendRecord, known: Known): Promise<MailStory> {
  const { catalogue, profile, proofs } = known;
  const cause = await ports.table.get({ pk: profilePk(profile.id), sk: send.causeSk });
  const campaign = catalogue.byRevision.get(send.revision);
  const trigger = campaign?.on;
  const segment = trigger?.kind === "segment" ? catalogue.segments.find(({ id }) => id === trigger.segment) : undefined;
  // What was said before words were proved is known by the last of them alone.
  const isProved = proofs.some(({ purpose }) => purpose === send.purpose);
  const consent = wordAt(isProved ? proofs : Object.values(profile.consents), send.purpose, ledger.at);
  // What allowed it then: somebody may have said no since, or become a customer.
  const person = personFacts(profile, catalogue.settings, send.purpose);
  const { consent: _today, lastPurchaseAt, ...facts } = { ...person, settings: catalogue.settings };
  const boughtBefore = (profile.activity[PURCHASE_COMPLETED]?.firstAt ?? Number.POSITIVE_INFINITY) <= ledger.at;
  const bought = boughtBefore &&
    lastPurchaseAt !== undefined && { lastPurchaseAt: Math.min(lastPurchaseAt, ledger.at) };
  const then = { ...facts, ...(consent && { consent }), ...bought };
  const ground = groundOf(send.purpose, then, ledger.at);
  return {
    title: campaign?.title ?? send.campaign,
    sentAt: ledger.at,
    purpose: send.purpose,
    ground,
    ...(ground === "consent" && consent !== undefined && { consent }),
    cause: { type: cause === undefined ? "" : readEvent(cause).type, at: send.causeAt },
    ...(trigger !== undefined && { trigger }),
    ...(segment !== undefined && { segmentTitle: segment.title }),
  };
}
