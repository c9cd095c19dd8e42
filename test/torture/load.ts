// Decides what is posted: the stories of invented customers in a seeded order, some calls twice, some malformed.
import { seededRandom } from "../../shared/adapters/local/seeded-random.ts";
import { type Instant, iso } from "../../shared/domain/instant.ts";
import { consent, identify, lead, purchase } from "../support/calls.ts";

/** `type` is what the event becomes; a malformed item has none and may be anything. */
export type Item = EventItem | { kind: "malformed"; call: unknown };
export type EventItem = { kind: "event" | "duplicate"; call: Call; user: string; type: string };
export type Call = { messageId: string };

/** What a customer said about marketing; who said nothing gets nothing. */
export type Word = "granted" | "denied" | "nothing";
export type Load = { batches: Item[][]; words: Map<string, Word> };

export const BATCH = 20;
const DUPLICATES = 0.02;
const MALFORMED = 0.01;
/** So many customers are in the middle of their story at a time. */
const AT_A_TIME = 200;
/** A duplicate repeats one of so many events before it. */
const REPEATED_FROM = 2_000;
const DENIED = 0.05;
const SILENT = 0.05;
/** Events of a story after the lead: half of them orders. */
const AFTER_LEAD = 6;

type Step = { call: Call; type: string };
type Story = { user: string; steps: Step[] };

/** So many items in batches; the same seed gives the same stories in the same order, with times from `at` on. */
export function aLoad({ items, seed, at }: { items: number; seed: number; at: Instant }): Load {
  const random = seededRandom(seed);
  const words = new Map<string, Word>();
  const telling: Story[] = [];
  const told: EventItem[] = [];
  const posted: Item[] = [];
  const begin = () => {
    const user = `u-${words.size + 1}`;
    const word = wordOf(random());
    words.set(user, word);
    telling.push({ user, steps: storyOf(user, { word, at, random }) });
  };
  for (let n = 0; n < items; n++) {
    const draw = random();
    const repeated = draw < MALFORMED + DUPLICATES ? oneOf(told.slice(-REPEATED_FROM), random) : undefined;
    if (draw < MALFORMED) posted.push({ kind: "malformed", call: malformed(n, at) });
    else if (repeated !== undefined) posted.push({ ...repeated, kind: "duplicate" });
    else {
      while (telling.length < AT_A_TIME) begin();
      const item = nextOf(telling, random);
      told.push(item);
      posted.push(item);
    }
  }
  const batches = Array.from({ length: Math.ceil(items / BATCH) }, (_, n) => posted.slice(n * BATCH, (n + 1) * BATCH));
  return { batches, words };
}

function wordOf(draw: number): Word {
  if (draw < DENIED) return "denied";
  return draw < DENIED + SILENT ? "nothing" : "granted";
}

function nextOf(telling: Story[], random: () => number): EventItem {
  const place = Math.floor(random() * telling.length);
  const { user, steps } = telling[place] as Story;
  const step = steps.shift() as Step;
  if (steps.length === 0) telling.splice(place, 1);
  return { kind: "event", user, ...step };
}

function storyOf(user: string, { word, at, random }: { word: Word; at: Instant; random: () => number }): Step[] {
  // For half of them the provider tells that the mail arrived.
  const email = `${random() < 0.5 ? "success+" : ""}${user}@example.com`;
  const identified = { type: "profile.identified" };
  return [
    { ...identified, call: identify(at, { user, traits: { email } }) },
    ...(word === "nothing" ? [] : [{ ...identified, call: consent(at + 1, { user, state: word }) }]),
    { type: "lead.created", call: lead(at + 2, user) },
    ...Array.from({ length: AFTER_LEAD }, (_, n) =>
      random() < 0.5
        ? { type: "purchase.completed", call: purchase(at + 3 + n, { user, order: `o-${user}-${n}` }) }
        : { type: "product.viewed", call: viewOf(user, at + 3 + n) },
    ),
  ];
}

function viewOf(user: string, at: Instant) {
  const call = { type: "track", event: "Product Viewed", userId: user, timestamp: iso(at) };
  return { ...call, messageId: `view-${user}-${at}`, properties: { product: "A book" } };
}

/** Each is wrong in another way; the answer must name it and take the others of its batch. */
function malformed(n: number, at: Instant): unknown {
  const good = purchase(at, { user: `malformed-${n}` });
  const wrong: unknown[] = [
    { ...good, type: "page" },
    { ...good, userId: undefined },
    { ...good, timestamp: "yesterday at noon" },
    { ...good, properties: { ...good.properties, total: "a lot" } },
    { ...good, event: "" },
    "not an event",
    null,
  ];
  return wrong[n % wrong.length];
}

const oneOf = <T>(all: T[], random: () => number): T | undefined => all[Math.floor(random() * all.length)];
