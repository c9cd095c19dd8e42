// Decides which mails of the outbox are looked at, the newest first.
import type { OutboxMail } from "../../shared/adapters/local/sqlite-outbox.ts";
import { sendKey } from "../../shared/pipeline/keys.ts";
import { readSend } from "../../shared/pipeline/records/send-record.ts";
import type { LocalData } from "./open-data.ts";

/** `to` is a part of the recipient in any case, `campaign` a campaign's id. */
export type MailFilter = { to?: string; campaign?: string };
/** `n` counts the mails from 1. */
export type NumberedMail = OutboxMail & { n: number; campaign?: string };
/** With `older`, there may be more before that number. */
export type NewestMails = { mails: NumberedMail[]; older?: number };

const STEP = 200;
/** A filter that matches nothing looks through so many mails per page. */
const MOST_LOOKED_AT = 5_000;

/** Up to `limit` mails numbered below `before` (default: all) that pass the filter, newest first. */
export async function newestMails(
  { outbox, table }: Pick<LocalData, "outbox" | "table">,
  { before, limit, filter }: { before?: number; limit: number; filter: MailFilter },
): Promise<NewestMails> {
  const count = outbox.count();
  const mails: NumberedMail[] = [];
  let end = Math.min(before ?? count + 1, count + 1);
  const lowest = Math.max(1, end - MOST_LOOKED_AT);
  while (end > lowest && mails.length < limit) {
    const start = Math.max(lowest, end - STEP);
    // Mails are numbered without gaps, so a page after `start - 1` begins with `start`.
    const { items } = outbox.list({ after: String(start - 1), limit: end - start });
    for (let index = items.length - 1; index >= 0 && mails.length < limit; index--) {
      const mail = await withCampaign(table, { ...(items[index] as OutboxMail), n: start + index });
      end = mail.n;
      if (passes(mail, filter)) mails.push(mail);
    }
    if (items.length === 0) end = start;
  }
  return end > 1 ? { mails, older: end } : { mails };
}

function passes(mail: NumberedMail, { to, campaign }: MailFilter): boolean {
  if (to !== undefined && !mail.to.toLowerCase().includes(to.toLowerCase())) return false;
  return campaign === undefined || mail.campaign === campaign;
}

/** The send tells the campaign; a mail that was put here without one has none. */
async function withCampaign(table: LocalData["table"], mail: NumberedMail): Promise<NumberedMail> {
  const profileId = mail.tags["pid"];
  const item = profileId === undefined ? undefined : await table.get(sendKey(profileId, mail.sendId));
  return item === undefined ? mail : { ...mail, campaign: readSend(item).send.campaign };
}
