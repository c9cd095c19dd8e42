// Decides how the torture goes: load and kills, then calm until everything is done, then the accounts.
import { join } from "node:path";
import { seededRandom } from "../../shared/adapters/local/seeded-random.ts";
import { account, type CampaignLedger, expectedMails, type Violation } from "./account.ts";
import { aLoad, type Load } from "./load.ts";
import { type Lookup, type Misdeed, type Nastiness, readMisdeeds } from "./nasty-mailer.ts";
import { type Posted, pause, postAll } from "./poster.ts";
import { type Held, readStored, type Stored } from "./stored.ts";
import { aVictim, readErrors, type Victim } from "./victim.ts";

export type TortureOptions = {
  /** Length of the load; items each second; how often the server is killed in that time. */
  seconds: number;
  rate: number;
  kills: number;
  seed: number;
  lookup: Lookup;
  nastiness: Nastiness;
  /** An empty folder; the data stay in it. */
  folder: string;
  /** Told what happens, for people. */
  progress: (text: string) => void;
};
export type Tortured = { numbers: Numbers; violations: Violation[] };
export type Numbers = ReturnType<typeof numbersOf>;

type Paths = [data: string, log: string, misdeeds: string];

/** Of the marketing folder beside this file. */
const CAP = 3;
/** About as long as a round of work takes, and how long an answer is waited for before a kill. */
const ROUND_MS = 12;
const NO_ANSWER_MS = 200;
/** After the load nothing waits longer: an outcome stays unknown for 6 hours, throttled sends retry up to the third day. */
const CALM = [...Array<string>(8).fill("PT1H"), ...Array<string>(4).fill("P1D")];

/** Runs one torture. Throws only when the server cannot be started or does not answer. */
export async function torture(options: TortureOptions): Promise<Tortured> {
  const { seconds, rate, kills, seed, lookup, nastiness, folder, progress } = options;
  const load = aLoad({ items: seconds * rate, seed, at: Date.now() - 60_000 });
  const [data, log, misdeeds] = ["data", "server.log", "misdeeds.jsonl"].map((name) => join(folder, name)) as Paths;
  const victim = aVictim({ folder: data, log }, { ...nastiness, lookup, seed, log: misdeeds });
  try {
    await victim.at();
    progress(`${load.batches.flat().length} items, ${rate} a second, ${kills} kills, mailer ${lookup}`);
    const { answered, when } = inTheMidst(seed);
    let messagesHeld = 0;
    const told = (kill: number, { claims, messages }: Held) => {
      messagesHeld += messages;
      progress(`kill ${kill} of ${kills}, at work on ${messages} messages, ${claims.length} mails claimed`);
    };
    const [posted] = await Promise.all([
      postAll(load.batches, { perSecond: rate, at: victim.at, answered }),
      victim.killAt(momentsOf({ kills, seconds, seed }), { when, told }),
    ]);
    progress(`posted in ${posted.seconds.toFixed(1)} s, draining`);
    const drained = await calm(victim);
    const { items: ledgers } = (await victim.get("/api/ledger")) as { items: CampaignLedger[] };
    await victim.stop();
    progress("counting");
    const facts = {
      load,
      posted,
      stored: readStored(data),
      misdeeds: readMisdeeds(misdeeds),
      claimsLeft: victim.claimsLeft,
    };
    const violations = account({
      ...facts,
      misjudged: posted.misjudged,
      errors: readErrors(log),
      ledgers,
      lookup,
      cap: CAP,
    });
    return { numbers: numbersOf(facts, { kills, messagesHeld, ...drained }), violations };
  } finally {
    await victim.stop();
  }
}

/** Milliseconds from the start of the load, in order. */
function momentsOf({ kills, seconds, seed }: { kills: number; seconds: number; seed: number }): number[] {
  const random = seededRandom(seed + 1);
  return Array.from({ length: kills }, () => random() * seconds * 1_000).sort((a, b) => a - b);
}

/**
 * A kill between two rounds of work shows nothing: it waits for the next answer, since what was accepted is worked on at once.
 * A server that answers nothing (it is just starting) is killed as it is.
 */
function inTheMidst(seed: number): { answered: () => void; when: () => Promise<void> } {
  const random = seededRandom(seed + 2);
  let answered = () => {};
  const when = async () => {
    await Promise.race([
      pause(NO_ANSWER_MS),
      new Promise<void>((resolve) => {
        answered = resolve;
      }),
    ]);
    await pause(random() * ROUND_MS);
  };
  return { answered: () => answered(), when };
}

/** Lets time pass until nothing waits any more. The first step, in which no time passes, empties the queues. */
async function calm(victim: Victim): Promise<{ drainSeconds: number; calmSeconds: number }> {
  const startedAt = performance.now();
  await victim.clock("PT0S");
  const drainedAt = performance.now();
  for (const advance of CALM) await victim.clock(advance);
  return { drainSeconds: rounded(drainedAt - startedAt), calmSeconds: rounded(performance.now() - drainedAt) };
}

const rounded = (ms: number) => Math.round(ms / 100) / 10;

type Facts = { load: Load; posted: Posted; stored: Stored; misdeeds: Misdeed[]; claimsLeft: Set<string> };
type Course = { kills: number; messagesHeld: number; drainSeconds: number; calmSeconds: number };

function numbersOf({ load, posted, stored, misdeeds, claimsLeft }: Facts, course: Course) {
  const items = load.batches.flat();
  const expected = [...expectedMails({ load, cap: CAP }).values()].reduce((sum, mails) => sum + mails, 0);
  const count = (kind: string) => items.filter((item) => item.kind === kind).length;
  const did = (what: Misdeed["did"]) => misdeeds.filter((misdeed) => misdeed.did === what).length;
  const sends = (...states: string[]) => stored.sends.filter(({ state }) => states.includes(state));
  return {
    items: items.length,
    events: count("event"),
    duplicates: count("duplicate"),
    malformed: count("malformed"),
    rejected: posted.rejected,
    stored: [...stored.events.values()].reduce((sum, { times }) => sum + times, 0),
    perSecond: Math.round(items.length / posted.seconds),
    unanswered: posted.unanswered,
    intents: stored.sends.length,
    sent: sends("SENT").length,
    refused: sends("REFUSED").length,
    abandoned: sends("ABANDONED").length,
    others: stored.sends.length - sends("SENT", "REFUSED", "ABANDONED").length,
    mails: [...stored.mails.values()].reduce((sum, times) => sum + times, 0),
    twice: [...stored.mails.values()].filter((times) => times > 1).length,
    expected,
    lost: expected - sends("SENT").filter(({ id }) => stored.mails.has(id)).length - sends("ABANDONED").length,
    throttled: did("throttled"),
    hung: did("hung"),
    unconfirmed: did("unconfirmed"),
    claimsLeft: claimsLeft.size,
    ...doubtsOf({ stored, misdeeds, claimsLeft }),
    ...course,
  };
}

/** What became of the sends of which the process that called the mailer never learned whether they were accepted. */
function doubtsOf({ stored, misdeeds, claimsLeft }: Pick<Facts, "stored" | "misdeeds" | "claimsLeft">) {
  const doubtful = new Set([...claimsLeft, ...misdeeds.flatMap((one) => (one.did === "throttled" ? [] : one.sendId))]);
  const inDoubt = stored.sends.filter(({ id }) => doubtful.has(id));
  const ended = (state: string) => inDoubt.filter((send) => send.state === state);
  return {
    inDoubt: inDoubt.length,
    settledByFeedback: ended("SENT").filter(({ isTold }) => isTold).length,
    settledByLookup: ended("SENT").filter(({ isTold }) => !isTold).length,
    refusedInDoubt: ended("REFUSED").length,
    abandonedSent: ended("ABANDONED").filter(({ id }) => stored.mails.has(id)).length,
    abandonedUnsent: ended("ABANDONED").filter(({ id }) => !stored.mails.has(id)).length,
  };
}
