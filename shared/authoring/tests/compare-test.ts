// Decides whether a test holds: what was expected beside what happened, each difference at the line that says otherwise.
import type { Instant } from "../../domain/instant.ts";
import { type Difference, type Expected, expectedBy } from "./expected.ts";
import type { MailOutcome, Played } from "./play-test.ts";
import { differenceOf, type Entry, entriesIn } from "./test-difference.ts";
import { timeIn } from "./test-line.ts";
import type { WrittenTest } from "./test-schema.ts";

/** `diff`: every mail that was expected or happened, with "-" and "+" where the two differ. */
export type Compared = { differences: Difference[]; diff: string[] };

/** Holds everything expected against everything that happened. */
export function compareTest(test: WrittenTest, played: Played): Compared {
  const expected = expectedBy(test, played);
  const scope = [test.body.campaign ?? []].flat();
  const inScope = (name: string) => scope.length === 0 || scope.includes(name.split("/")[0] as string);
  const entries: Entry[] = [...played.mails.map(entryOf), ...entriesIn(played.moments)];
  const matches = match(expected, entries);
  const speaksOfMails = scope.length > 0 || expected.some(({ kind }) => kind !== "state" && kind !== "emitted");
  const matched = new Set(matches.values());
  const left = entries.filter((entry) => !matched.has(entry));
  const instead = new Set(
    expected.flatMap((one) => (matches.has(one) ? [] : left.filter(({ name }) => name === nameOf(one)))),
  );
  const unexpected = left.filter(
    ({ kind, name, mail }) => speaksOfMails && mail !== undefined && kind === "sent" && inScope(name),
  );
  return {
    differences: [
      ...expected.flatMap((one) => differenceOf(one, matches.get(one), { entries, played })),
      ...unexpected.filter((entry) => !instead.has(entry)).map((entry) => unexpectedMail(entry, expected, played.zone)),
    ],
    diff: diffOf({ expected, matches, extra: [...new Set([...instead, ...unexpected])], zone: played.zone }),
  };
}

function entryOf(mail: MailOutcome): Entry {
  const { name, at, state } = mail;
  return { kind: state, name, at, mail, ...(mail.state === "refused" && { reason: mail.reason }) };
}

const nameOf = ({ written }: Expected) => written.sent ?? written.refused ?? written.emitted;

/** Gives each expectation a happening of its own, those with a time first, since the others take what is left. */
function match(expected: Expected[], entries: Entry[]): Map<Expected, Entry> {
  const matches = new Map<Expected, Entry>();
  const taken = new Set<Entry>();
  const timed = (one: Expected) => (one.span === undefined ? 1 : 0);
  for (const one of expected.toSorted((a, b) => timed(a) - timed(b))) {
    const entry = entries.find((candidate) => !taken.has(candidate) && fits(candidate, one));
    if (entry === undefined) continue;
    taken.add(entry);
    matches.set(one, entry);
  }
  return matches;
}

function fits({ kind, name, at, reason }: Entry, wanted: Expected): boolean {
  const { written, span } = wanted;
  if (kind !== wanted.kind || name !== nameOf(wanted)) return false;
  if (span !== undefined && (at < span.from || at >= span.until)) return false;
  return written.reason === undefined || reason === written.reason;
}

function unexpectedMail({ name, at }: Entry, expected: Expected[], zone: string): Difference {
  const nothing = expected.find(({ kind }) => kind === "nothing");
  const path = nothing === undefined ? "expect" : `expect[${nothing.index}].nothing`;
  const fix = nothing === undefined ? "; expect it too, or name the campaign that this test is about" : "";
  return { path, message: `${name} was sent at ${timeIn(zone, at)}, which is not expected${fix}` };
}

type Sides = { expected: Expected[]; matches: Map<Expected, Entry>; extra: Entry[]; zone: string };

/** Mails and refusals of both sides in order of time. */
function diffOf({ expected, matches, extra, zone }: Sides): string[] {
  const line = (sign: string, entry: Entry) => ({
    at: entry.at,
    text: `${sign} ${timeIn(zone, entry.at)}  ${entryLine(entry)}`,
  });
  const lines = expected.flatMap((one): { at: Instant; text: string }[] => {
    const { kind, written, at, span } = one;
    const name = nameOf(one);
    if (name === undefined) return [];
    const entry = matches.get(one);
    if (entry !== undefined) return [line(" ", entry)];
    const when = span === undefined ? "at some time    " : timeIn(zone, at);
    return [{ at, text: `- ${when}  ${entryLine({ kind, name, ...(written.reason && { reason: written.reason }) })}` }];
  });
  return [...lines, ...extra.map((entry) => line("+", entry))].sort((a, b) => a.at - b.at).map(({ text }) => text);
}

const entryLine = ({ kind, name, reason }: { kind: string; name: string; reason?: string }) =>
  `${kind.padEnd(7)}  ${name}${reason === undefined ? "" : ` (${reason})`}`;
