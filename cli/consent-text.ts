// Decides how a person's consents read: what holds for each purpose, on what it rests, and every word that changed it.
import type { ConsentsView, ProofView, PurposeView, WordView } from "../shared/pipeline/views/consents.ts";
import { tableText, timeText } from "./output.ts";

export type ConsentAnswer = ConsentsView & { changed: boolean };

export function consentsText({ consents, address, proofs }: ConsentsView): string {
  const holds = tableText(consents.map((one) => [one.purpose, holdsText(one)]));
  const said = proofs.length === 0 ? "" : `\nWhat was said\n${tableText(proofs.map(proofRow))}\n`;
  return `${holds}\n${addressText(address)}${said}`;
}

/** What keeps mail from them although they agreed, in the words of explain. */
function addressText({ suppressions = {}, optOuts = {}, pausedUntil = {} }: ConsentsView["address"]): string {
  const lines = [
    ...Object.entries(suppressions).map(([reason, at]) => `closed for every mail: ${reason} on ${timeText(at)}`),
    ...Object.entries(optOuts).map(([purpose, at]) => `opted out of ${purpose} mail on ${timeText(at)}`),
    ...Object.entries(pausedUntil).map(([purpose, until]) => `asked for no ${purpose} mail until ${timeText(until)}`),
  ];
  if (lines.length === 0) return "";
  return `\nAt the address they have now, whoever reads there\n${lines.map((line) => `  ${line}\n`).join("")}`;
}

/** What came of a word that the company noted. */
export function changedText(answer: ConsentAnswer, { purpose, state }: { purpose: string; state: string }): string {
  const held = answer.consents.find((one) => one.purpose === purpose);
  const isKept = state === "granted" && held?.said?.state === "denied";
  const what = isKept
    ? "Nothing has changed: they said no, and only they can take that back, by a link in a mail or a form of yours."
    : answer.changed
      ? "Noted."
      : "Noted; it was so already.";
  const holds = held === undefined ? "" : `  ${purpose}: ${holdsText(held)}\n`;
  return `${what}\n${holds}${state === "granted" && !isKept ? addressText(answer.address) : ""}`;
}

function holdsText({ said, basis }: PurposeView): string {
  if (said !== undefined) return `${said.state} since ${timeText(said.at)}, ${whoText(said)}`;
  return basis === "consent"
    ? "nobody has said anything: not allowed where consent is needed"
    : "nobody has said anything: allowed on legitimate interest, as long as they do not object";
}

/** "said by the person (preference centre, wording 2026-01)". */
function whoText({ actor, how, wording, by }: WordView): string {
  const who =
    actor === "person" ? "said by the person" : by.startsWith("company/") ? "told to the company" : "told by a system";
  const details = [how, wording === undefined ? undefined : `wording ${wording}`].filter((part) => part !== undefined);
  return details.length === 0 ? who : `${who} (${details.join(", ")})`;
}

function proofRow(proof: ProofView): string[] {
  const { at, purpose, state, before, by, saidAt } = proof;
  const changed = before === state ? `${state} again` : before === undefined ? state : `${before} → ${state}`;
  return [
    timeText(at),
    `${purpose}: ${changed}`,
    whoText(proof),
    by,
    saidAt === undefined ? "" : `said ${timeText(saidAt)}`,
  ];
}
