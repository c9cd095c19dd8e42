// Decides whether everything is accounted for: each accepted event, each intent, each mail; what is not is named.
import type { EventItem, Load, Word } from "./load.ts";
import type { Lookup, Misdeed } from "./nasty-mailer.ts";
import type { Stored, StoredSend } from "./stored.ts";

/** A promise that was broken, and by which ids. */
export type Violation = { what: string; ids: string[] };
/** An entry of `/api/ledger`. */
export type CampaignLedger = {
  campaign: string;
  planned: number;
  reasons: { refused: Record<string, number> };
} & Record<keyof typeof PARTS, number>;
export type Evidence = {
  load: Load;
  misjudged: string[];
  /** Lines of the server's log. */
  errors: string[];
  stored: Stored;
  misdeeds: Misdeed[];
  claimsLeft: Set<string>;
  ledgers: CampaignLedger[];
  lookup: Lookup;
  /** Most mails to one address. */
  cap: number;
};

/** What a ledger must count, by the states as they are stored. */
const PARTS = {
  sent: ["SENT"],
  refused: ["REFUSED"],
  held: ["PENDING", "CLAIMED"],
  rejected: ["REJECTED"],
  unknown: ["UNKNOWN"],
  abandoned: ["ABANDONED"],
  expired: ["EXPIRED"],
};
const TERMINAL = ["SENT", "REJECTED", "ABANDONED", "REFUSED", "EXPIRED"];
/** The states of a mail that left, or may have left: these fill the cap. */
const MAY_HAVE_LEFT = ["SENT", "ABANDONED"];

/** All violations; none when every promise was kept. */
export function account(evidence: Evidence): Violation[] {
  const intents = intentsOf(evidence.load);
  const named: [string, string[]][] = [
    ["items of a batch judged wrongly at the door", evidence.misjudged],
    ...eventsAccounted(evidence),
    ["errors in the server's log", evidence.errors],
    ["messages left in queues or dead letters", messagesLeft(evidence.stored)],
    ...intentsAccounted(evidence.stored, intents),
    ...mailsAccounted(evidence),
    ["customers with another number of mails than they should have", wrongNumbers(evidence)],
    ["sends refused without cause", wrongRefusals(evidence)],
    ["ledgers that do not add up", wrongLedgers(evidence)],
  ];
  return named.flatMap(([what, ids]) => (ids.length > 0 ? [{ what, ids }] : []));
}

const eventsOf = ({ batches }: Load): EventItem[] =>
  batches.flat().flatMap((item) => (item.kind === "event" ? [item] : []));

function eventsAccounted({ load, stored }: Evidence): [string, string[]][] {
  const posted = new Map(eventsOf(load).map((item) => [item.call.messageId, item]));
  const counts = new Map<string, Record<string, number>>();
  for (const { user, type } of posted.values()) {
    const known = counts.get(user) ?? {};
    counts.set(user, { ...known, [type]: (known[type] ?? 0) + 1 });
  }
  const users = new Set([...counts.keys(), ...stored.counted.keys()]);
  const text = (counted: Record<string, number> = {}) => JSON.stringify(Object.entries(counted).sort());
  return [
    ["accepted events that are not stored", [...posted.keys()].filter((id) => !stored.events.has(id))],
    ["stored events that nobody posted", [...stored.events.keys()].filter((id) => !posted.has(id))],
    [
      "events stored twice, or with another customer",
      [...stored.events].flatMap(([id, { times, user }]) =>
        times === 1 && (posted.get(id)?.user ?? user) === user ? [] : [id],
      ),
    ],
    [
      "customers whose counts are not what was posted",
      [...users].filter((user) => text(counts.get(user)) !== text(stored.counted.get(user))),
    ],
    ["customers with more than one profile", stored.split],
  ];
}

const messagesLeft = ({ messages, runs }: Stored) => [
  ...Object.entries(messages).map(([queue, count]) => `${count} in ${queue}`),
  ...(runs > 0 ? [`${runs} runs under way`] : []),
];

/** One hello for each lead, one thanks for each order. */
function intentsOf(load: Load): Map<string, string> {
  return new Map(
    eventsOf(load).flatMap(({ type, user, call }): [string, string][] => {
      if (type === "lead.created") return [[`hello ${user}`, user]];
      return type === "purchase.completed" ? [[`thanks ${user} ${call.messageId.replace("purchase-", "")}`, user]] : [];
    }),
  );
}

const intentOf = ({ campaign, user, key }: StoredSend) =>
  campaign === "hello" ? `hello ${user}` : `${campaign} ${user} ${key}`;

function intentsAccounted({ sends }: Stored, intents: Map<string, string>): [string, string[]][] {
  const stored = new Set(sends.map(intentOf));
  const seen = new Set<string>();
  const again = sends.filter((send) => seen.size === seen.add(intentOf(send)).size);
  return [
    ["intents that are missing", [...intents.keys()].filter((intent) => !stored.has(intent))],
    ["intents that nothing asked for", [...stored].filter((intent) => !intents.has(intent))],
    ["intents that were made twice", again.map(({ id }) => id)],
    ["sends that are not terminal", idsOf(sends.filter(({ state }) => !TERMINAL.includes(state)))],
  ];
}

function mailsAccounted({
  stored: { sends, mails, claimed },
  misdeeds,
  claimsLeft,
  lookup,
}: Evidence): [string, string[]][] {
  const known = new Map(sends.map((send) => [send.id, send]));
  const silent = new Set(misdeeds.flatMap(({ sendId, did }) => (did === "throttled" ? [] : [sendId])));
  const isExplained = ({ id }: StoredSend) => lookup === "unknowable" && (silent.has(id) || claimsLeft.has(id));
  const inState = (state: string) => sends.filter((send) => send.state === state);
  const mayHaveLeft = sends.filter(({ state }) => MAY_HAVE_LEFT.includes(state));
  const filling = new Set(mayHaveLeft.map(({ id }) => id));
  const left = [...mails.keys()].map((id) => known.get(id) ?? { id, state: "no send" });
  return [
    ["mails that do not count for the cap", idsOf(mayHaveLeft.filter(({ id }) => !claimed.has(id)))],
    ["sends that count for the cap and never left", [...claimed].filter((id) => !filling.has(id))],
    ["mails sent twice", [...mails].flatMap(([id, times]) => (times > 1 ? [id] : []))],
    ["sends that are SENT without a mail", idsOf(inState("SENT").filter(({ id }) => !mails.has(id)))],
    [
      "mails of sends that are neither SENT nor ABANDONED",
      idsOf(left.filter((send) => !MAY_HAVE_LEFT.includes(send.state))),
    ],
    [
      "sends ABANDONED without a hang, a lost confirmation or a kill",
      idsOf(inState("ABANDONED").filter((send) => !isExplained(send))),
    ],
    [
      "sends repeated or settled though nobody could know what became of them",
      idsOf(inState("SENT").filter((send) => isExplained(send) && !send.isTold)),
    ],
  ];
}

/** How many mails each customer should have: whoever agreed gets every one up to the cap, everybody else none. */
export function expectedMails({ load, cap }: Pick<Evidence, "load" | "cap">): Map<string, number> {
  const due = new Map<string, number>([...load.words.keys()].map((user) => [user, 0]));
  for (const user of intentsOf(load).values()) due.set(user, (due.get(user) ?? 0) + 1);
  return new Map(
    [...due].map(([user, intended]) => [user, load.words.get(user) === "granted" ? Math.min(intended, cap) : 0]),
  );
}

function wrongNumbers({ load, stored, cap }: Evidence): string[] {
  const had = new Map<string, number>();
  for (const { user, state } of stored.sends) {
    if (MAY_HAVE_LEFT.includes(state)) had.set(user, (had.get(user) ?? 0) + 1);
  }
  return [...expectedMails({ load, cap })].flatMap(([user, should]) => {
    const has = had.get(user) ?? 0;
    return has === should ? [] : [`${user}: ${has} instead of ${should}`];
  });
}

const REFUSED_FOR: Record<Word, string[]> = {
  granted: ["frequency-cap"],
  denied: ["consent-denied"],
  nothing: ["consent-unknown"],
};

function wrongRefusals({ load, stored }: Evidence): string[] {
  const refused = stored.sends.filter(({ state }) => !MAY_HAVE_LEFT.includes(state) && TERMINAL.includes(state));
  return refused.flatMap(({ id, user, state, reason }) =>
    REFUSED_FOR[load.words.get(user) ?? "nothing"].includes(reason ?? "")
      ? []
      : [`${id} of ${user}: ${state} ${reason}`],
  );
}

/** planned = sent + refused (by reason) + held + rejected + unknown + abandoned + expired, and each as it is stored. */
function wrongLedgers({ stored: { sends }, ledgers }: Evidence): string[] {
  const campaigns = new Set([...sends.map(({ campaign }) => campaign), ...ledgers.map(({ campaign }) => campaign)]);
  return [...campaigns].flatMap((campaign) => {
    const ledger = ledgers.find((one) => one.campaign === campaign);
    const own = sends.filter((send) => send.campaign === campaign);
    const parts = Object.entries(PARTS).map(([part, states]): [string, number] => [part, countOf(own, states)]);
    const refusals = Object.entries(ledger?.reasons.refused ?? {});
    const isRight =
      ledger?.planned === own.length &&
      parts.every(([part, count]) => ledger[part as keyof typeof PARTS] === count) &&
      sumOf(parts) === ledger.planned &&
      sumOf(refusals) === ledger.refused &&
      refusals.every(([reason, count]) => count === own.filter((send) => send.reason === reason).length);
    return isRight ? [] : [`${campaign}: said ${JSON.stringify(ledger)}, stored ${JSON.stringify(parts)}`];
  });
}

const countOf = (sends: StoredSend[], states: string[]) => sends.filter(({ state }) => states.includes(state)).length;
const sumOf = (counts: [string, number][]) => counts.reduce((sum, [, count]) => sum + count, 0);
const idsOf = (sends: { id: string; state: string }[]) => sends.map(({ id, state }) => `${id} (${state})`);
