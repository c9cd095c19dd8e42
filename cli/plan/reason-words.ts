// Decides how reasons read to a marketer: why nobody was entered, why a mail was not sent.
import type { EntryRefusal } from "../../shared/domain/effect.ts";
import { reasonWords } from "../../shared/domain/send-words.ts";

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

/** Of what a forecast says of a mail: the ledger's reasons, or that it is still waiting at the end. */
export const mailWords = (reason: string): string => (reason === "held" ? "held back" : reasonWords(reason));
export const entryWords = (reason: string): string => entries[reason as keyof typeof entries] ?? reason;
