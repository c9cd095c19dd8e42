// Proves that the accounts of the torture test see what is wrong: each planted loss, repeat and disorder is named.
import { describe, expect, test } from "vitest";
import type { SendState } from "../../shared/domain/send.ts";
import { account, type CampaignLedger, type Evidence } from "./account.ts";
import { aLoad, type EventItem } from "./load.ts";
import type { Stored, StoredSend } from "./stored.ts";

const CAP = 3;
const NOW = Date.parse("2027-03-02T08:00:00Z");

/** What a server that keeps every promise has after the load. */
function aPerfectEnd(): Evidence {
  const load = aLoad({ items: 2_000, seed: 1, at: NOW });
  const events = load.batches.flat().filter((item): item is EventItem => item.kind === "event");
  const stored: Stored = {
    events: new Map(events.map(({ call, user }) => [call.messageId, { times: 1, user }])),
    counted: new Map(),
    split: [],
    sends: [],
    mails: new Map(),
    claimed: new Set(),
    messages: {},
    runs: 0,
  };
  for (const item of events) take(stored, item, load.words.get(item.user) === "granted");
  for (const { id, state } of stored.sends) {
    if (state !== "SENT") continue;
    stored.mails.set(id, 1);
    stored.claimed.add(id);
  }
  const ledgers = ["hello", "thanks"].map((campaign) => ledgerOf(stored, campaign));
  return {
    load,
    stored,
    ledgers,
    misjudged: [],
    errors: [],
    misdeeds: [],
    claimsLeft: new Set(),
    lookup: "unknowable",
    cap: CAP,
  };
}

function take(stored: Stored, { user, type, call }: EventItem, isGranted: boolean): void {
  const counts = stored.counted.get(user) ?? {};
  stored.counted.set(user, { ...counts, [type]: (counts[type] ?? 0) + 1 });
  if (type !== "lead.created" && type !== "purchase.completed") return;
  const campaign = type === "lead.created" ? "hello" : "thanks";
  const key = type === "lead.created" ? "" : call.messageId.replace("purchase-", "");
  const sent = stored.sends.filter((send) => send.user === user && send.state === "SENT").length;
  const send = { id: `s-${stored.sends.length}`, user, campaign, key, isTold: false };
  if (isGranted && sent < CAP) stored.sends.push({ ...send, state: "SENT", reason: null });
  else stored.sends.push({ ...send, state: "REFUSED", reason: isGranted ? "frequency-cap" : refusalOf(user) });
}

function ledgerOf({ sends }: Stored, campaign: string): CampaignLedger {
  const own = sends.filter((send) => send.campaign === campaign);
  const refused: Record<string, number> = {};
  for (const { reason } of own) if (reason !== null) refused[reason] = (refused[reason] ?? 0) + 1;
  const count = (state: SendState) => own.filter((send) => send.state === state).length;
  const none = { held: 0, rejected: 0, unknown: 0, expired: 0 };
  const parts = { sent: count("SENT"), refused: count("REFUSED"), abandoned: count("ABANDONED") };
  return { campaign, planned: own.length, ...none, ...parts, reasons: { refused } };
}

const words = aLoad({ items: 2_000, seed: 1, at: NOW }).words;
const refusalOf = (user: string) => (words.get(user) === "denied" ? "consent-denied" : "consent-unknown");

const aSent = ({ stored }: Evidence): StoredSend => stored.sends.find(({ state }) => state === "SENT") as StoredSend;
const become = (send: StoredSend, state: SendState) => {
  send.state = state;
};
const anEvent = ({ stored }: Evidence): string => [...stored.events.keys()][7] as string;

/** What goes wrong, and how its violation is called. */
const plants: [string, (end: Evidence) => void][] = [
  ["items of a batch judged wrongly at the door", ({ misjudged }) => void misjudged.push("an item")],
  ["errors in the server's log", ({ errors }) => void errors.push("profile not applied")],
  ["accepted events that are not stored", (end) => void end.stored.events.delete(anEvent(end))],
  ["stored events that nobody posted", ({ stored }) => void stored.events.set("of nobody", { times: 1, user: "u-1" })],
  [
    "events stored twice, or with another customer",
    (end) =>
      void end.stored.events.set(anEvent(end), { times: 2, user: end.stored.events.get(anEvent(end))?.user ?? "" }),
  ],
  [
    "customers whose counts are not what was posted",
    ({ stored }) => {
      for (const counts of [...stored.counted.values()].slice(0, 1)) counts["profile.identified"] = 9;
    },
  ],
  ["customers with more than one profile", ({ stored }) => void stored.split.push("u-1")],
  [
    "messages left in queues or dead letters",
    ({ stored }) => void Object.assign(stored.messages, { "events-dead": 1 }),
  ],
  ["intents that are missing", ({ stored }) => void stored.sends.pop()],
  [
    "intents that nothing asked for",
    (end) => void end.stored.sends.push({ ...aSent(end), key: "no order", campaign: "thanks" }),
  ],
  ["intents that were made twice", (end) => void end.stored.sends.push({ ...aSent(end), id: "another" })],
  ["sends that are not terminal", (end) => become(aSent(end), "UNKNOWN")],
  ["mails that do not count for the cap", (end) => void end.stored.claimed.delete(aSent(end).id)],
  ["sends that count for the cap and never left", (end) => void end.stored.claimed.add("another")],
  ["mails sent twice", (end) => void end.stored.mails.set(aSent(end).id, 2)],
  ["sends that are SENT without a mail", (end) => void end.stored.mails.delete(aSent(end).id)],
  ["mails of sends that are neither SENT nor ABANDONED", (end) => become(aSent(end), "EXPIRED")],
  ["mails of sends that are neither SENT nor ABANDONED", (end) => void end.stored.mails.set("of no send", 1)],
  ["sends ABANDONED without a hang, a lost confirmation or a kill", (end) => become(aSent(end), "ABANDONED")],
  [
    "sends ABANDONED without a hang, a lost confirmation or a kill",
    (end) => {
      end.misdeeds.push({ sendId: aSent(end).id, did: "hung" });
      end.lookup = "known";
      aSent(end).state = "ABANDONED";
    },
  ],
  [
    "sends repeated or settled though nobody could know what became of them",
    (end) => void end.claimsLeft.add(aSent(end).id),
  ],
  ["customers with another number of mails than they should have", (end) => become(aSent(end), "REJECTED")],
  ["sends refused without cause", (end) => void Object.assign(aSent(end), { state: "REFUSED", reason: "expired" })],
  ["ledgers that do not add up", ({ ledgers }) => void (ledgers[0] as CampaignLedger).planned++],
  ["ledgers that do not add up", ({ ledgers }) => void ledgers.pop()],
  [
    "ledgers that do not add up",
    ({ ledgers }) => void Object.assign((ledgers[0] as CampaignLedger).reasons.refused, { "frequency-cap": 1_000 }),
  ],
];

describe("the accounts of the torture", () => {
  test("find nothing where every promise was kept", () => {
    const end = aPerfectEnd();
    expect(account(end)).toEqual([]);
    expect(new Set(end.stored.sends.map(({ reason }) => reason))).toEqual(
      new Set([null, "frequency-cap", "consent-denied", "consent-unknown"]),
    );
  });

  test.each(plants)("find %s", (what, plant) => {
    const end = aPerfectEnd();
    plant(end);
    expect(account(end).map((violation) => violation.what)).toContain(what);
  });

  test("take an abandoned send for explained by a hang, a lost confirmation or a kill", () => {
    const end = aPerfectEnd();
    const sent = end.stored.sends.filter(({ state }) => state === "SENT").slice(0, 3);
    const [hung, unconfirmed, killed] = sent as [StoredSend, StoredSend, StoredSend];
    end.misdeeds.push({ sendId: hung.id, did: "hung" }, { sendId: unconfirmed.id, did: "unconfirmed" });
    end.claimsLeft.add(killed.id);
    for (const send of sent) send.state = "ABANDONED";
    end.ledgers = ["hello", "thanks"].map((campaign) => ledgerOf(end.stored, campaign));
    expect(account(end)).toEqual([]);
  });
});
