// Decides what a click in a mail comes to: kept at once, and told when it is sure that it was no machine's.
import * as z from "zod";
import { withOwnAct } from "../domain/address.ts";
import { type Click, isMachine, isRepeat, TRAP_MS, withClick } from "../domain/engagement.ts";
import { contentHash } from "../domain/hash.ts";
import { type Instant, iso } from "../domain/instant.ts";
import { type Links, readLink } from "../domain/link-token.ts";
import { loadCatalogue } from "./catalogue-store.ts";
import { insist } from "./insist.ts";
import { addressKeyOf, sendKey } from "./keys.ts";
import type { Ports } from "./ports.ts";
import { changeAddress } from "./records/address-record.ts";
import { readSend, type SendRecord } from "./records/send-record.ts";
import { tell } from "./tell.ts";

/** What a link stands for; `undefined` when it is none of ours. Changes nothing. */
export async function openClick(
  ports: Pick<Ports, "secrets" | "clock">,
  token: string,
): Promise<Links["click"] | undefined> {
  const link = readLink(await ports.secrets.get("link"), "click", { token, now: ports.clock.now() });
  return link === "expired" ? undefined : link;
}

/** A click of somebody who may be a person, as it waits in the feedback queue until that is sure. */
export type SettlingClick = { profileId: string; sendId: string; url: string; at: Instant };

const messageSchema = z.strictObject({
  click: z.strictObject({ profileId: z.string(), sendId: z.string(), url: z.string(), at: z.number() }),
});

/** The click in a message of the feedback queue, if it is one. */
export function clickIn(body: unknown): SettlingClick | undefined {
  return messageSchema.safeParse(body).data?.click;
}

/**
 * Keeps a click on the ledger of its send, and has it looked at again when nothing can make it a machine's any more; what is a
 * machine's already is only counted. A mail that is not known any more changes nothing. Cost: 1 read and 2 write units.
 */
export async function recordClick(
  ports: Pick<Ports, "table" | "clock" | "ids" | "queues">,
  { profileId, sendId, url, isTrap }: Links["click"],
  isScanner: boolean,
): Promise<void> {
  const at = ports.clock.now();
  const sign = isTrap ? "trap" : isScanner ? "scanner" : undefined;
  const click: SettlingClick = { profileId, sendId, url, at };
  const before = () => ports.queues.feedback.send([{ body: { click }, delayMs: TRAP_MS }]);
  await keep(ports, { profileId, sendId, before }, { at, link: linkOf(url), ...(sign && { sign }) });
}

/**
 * A click that was no machine's by all that came since: an act of the person, at their address and for whatever rule asks for
 * it. Repeats change nothing, and nobody hears of it twice under another id.
 */
export async function settleClick(ports: Ports, { profileId, sendId, url, at }: SettlingClick): Promise<void> {
  const kept = await keep(ports, { profileId, sendId }, { at, link: linkOf(url) });
  if (kept === undefined || kept.isMachine) return;
  const { send, ledger } = kept.record;
  if (ledger.address) await changeAddress(ports, addressKeyOf(ledger.address), (address) => withOwnAct(address, at));
  const { campaign, step, template, behind } = send;
  const properties = { url, campaign, step, sendId, template };
  const id = `${sendId}/click@${iso(at)}/${linkOf(url)}`;
  const fact = { profileId, type: "email.clicked", id, occurredAt: at, properties, ...(behind && { behind }) };
  await tell(ports, await loadCatalogue(ports), [fact]);
}

type Kept = { record: SendRecord; isMachine: boolean };

/**
 * Only on a send that is known to have left: until then the mailer's answer is what its ledger waits for. A click in such a mail
 * is kept when it is looked at again. `before`: what must be done before a click of somebody who may be a person is kept, since
 * one that is kept is a repeat from then on.
 */
function keep(
  ports: Pick<Ports, "table" | "clock" | "ids">,
  { profileId, sendId, before }: Pick<SettlingClick, "profileId" | "sendId"> & { before?: () => Promise<void> },
  click: Click,
): Promise<Kept | undefined> {
  return insist(ports, sendId, async () => {
    const item = await ports.table.get(sendKey(profileId, sendId));
    if (item === undefined) return undefined;
    const record = readSend(item);
    const isLeft = record.ledger.state === "SENT";
    if (isLeft && isRepeat(click, record.ledger)) return undefined;
    const ledger = isLeft ? withClick(record.ledger, click) : record.ledger;
    const isOfMachine = isLeft ? isMachine(click, ledger) : click.sign !== undefined;
    if (!isOfMachine) await before?.();
    const { version } = record;
    if (ledger !== record.ledger)
      await ports.table.write({ put: { ...item, version: version + 1, ledger }, if: { version } });
    return { record: { ...record, ledger }, isMachine: isOfMachine };
  });
}

/** Tells links apart, and nothing of where they lead. */
const linkOf = (url: string) => contentHash(url).slice(0, 8);
