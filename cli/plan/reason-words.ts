// Decides how reasons read to a marketer: why nobody was entered, why a mail was not sent.
import type { EntryRefusal } from "../../shared/domain/effect.ts";
import type { RefusalReason } from "../../shared/domain/send.ts";

const entries: Record<EntryRefusal | "settling", string> = {
  audience: "outside the audience",
  "already-entered": "was in it already",
  "reentry-too-soon": "too soon after the last time",
  "entry-key-missing": "the event lacks the key of the entry",
  expired: "noticed too late",
  paused: "the campaign is paused",
  archived: "the campaign was archived meanwhile",
  loop: "campaigns led back to themselves",
  settling: "still waiting for facts at the end",
};

const mails: Record<RefusalReason | "paused" | "held", string> = {
  expired: "too late to be worth sending",
  archived: "the campaign is archived",
  "consent-unknown": "never agreed to marketing mail",
  "consent-denied": "does not want marketing mail",
  "no-address": "no e-mail address",
  suppressed: "address bounced or complained",
  "opted-out": "unsubscribed",
  "frequency-cap": "heard from us often enough",
  holdout: "held out",
  "not-renderable": "the template lacked something",
  paused: "the campaign is paused",
  held: "held back",
};

export const entryWords = (reason: string): string => entries[reason as keyof typeof entries] ?? reason;
export const mailWords = (reason: string): string => mails[reason as keyof typeof mails] ?? reason;
