// Guarantees of feedback in the local mode: the simulator's mailboxes and messages from outside change what they should.
import { describe, expect, test } from "vitest";
import { DAY_MS, iso, SECOND_MS } from "../../shared/domain/instant.ts";
import type { Json } from "../../shared/domain/json.ts";
import { loadAddress } from "../../shared/pipeline/records/address-record.ts";
import { consent, identify, lead } from "../support/calls.ts";
import { bounceOf, inSns, sesWord, subscriptionOf } from "../support/ses-words.ts";
import { aServer, START, type TestServer } from "../support/test-server.ts";

/** A lead at a mailbox, greeted: the simulator has told what became of the mail. */
async function greeted(server: TestServer, to: string): Promise<void> {
  const user = to.split("@")[0] as string;
  await server.batch(identify(START, { user, traits: { email: to } }), consent(START, { user }), lead(START, user));
  await server.host.settle();
}

const addressOf = async ({ host }: TestServer, email: string) => (await loadAddress(host.data.ports, email)).address;
const feedbackOn = async ({ ask }: TestServer, user: string): Promise<string[]> => {
  const { items } = (await ask(`/api/profiles/${user}/timeline`)).json();
  return items.flatMap(({ kind, what }: { kind: string; what: string }) => (kind === "feedback" ? [what] : []));
};

const post = ({ ask }: TestServer, message: Json | string) =>
  ask("/api/feedback", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: typeof message === "string" ? message : JSON.stringify(message),
  });

describe("a mailbox of the simulator", () => {
  test.each([
    ["bounce", { suppressions: ["bounce"], told: ["bounce"] }],
    ["suppressionlist", { suppressions: ["bounce"], told: ["bounce"] }],
    ["complaint", { suppressions: ["complaint"], told: ["complaint", "delivery"] }],
    ["unsubscribe", { optOuts: ["marketing"], told: ["delivery", "unsubscribe"] }],
    ["soft-bounce", { softBounces: 1, told: ["soft-bounce"] }],
    ["mailbox-full", { softBounces: 1, told: ["soft-bounce"] }],
    ["content-rejected", { told: ["soft-bounce"] }],
    ["not-spam", { told: ["delivery", "not-spam"] }],
    ["delay", { told: ["delivery", "deliverydelay"] }],
    ["ooto", { told: ["delivery"] }],
  ] as [string, { suppressions?: string[]; optOuts?: string[]; softBounces?: number; told: string[] }][])(
    "%s",
    async (start, { suppressions = [], optOuts = [], softBounces = 0, told }) => {
      const server = await aServer();
      await greeted(server, `${start}@shop.example`);
      const address = await addressOf(server, `${start}@shop.example`);
      expect(Object.keys(address.suppressions)).toEqual(suppressions);
      expect(Object.keys(address.optOuts)).toEqual(optOuts);
      expect(address.softBounces).toHaveLength(softBounces);
      expect((await feedbackOn(server, start)).sort()).toEqual(told);
    },
  );

  test("that unsubscribes withdraws the consent of its owner at once", async () => {
    const server = await aServer();
    await greeted(server, "unsubscribe@shop.example");
    const profile = (await server.ask("/api/profiles/unsubscribe")).json();
    expect(profile.consents.marketing).toMatchObject({ state: "denied" });
  });

  test("that bounced is on the provider's list, which closes the address again where nobody had heard of it", async () => {
    const server = await aServer();
    await greeted(server, "bounce@shop.example");
    const { host } = server;
    const { key } = await loadAddress(host.data.ports, "bounce@shop.example");
    await host.data.table.write({ delete: key });
    await server.moveClock({ advance: "P1D" });
    expect(Object.keys((await addressOf(server, "bounce@shop.example")).suppressions)).toEqual(["bounce"]);
  });
});

describe("POST /api/feedback", () => {
  const at = START + SECOND_MS;
  const word = (type: string, part = {}) => sesWord({ type, to: ["kim@shop.example"], acceptedAt: START, part });
  const bounce = word("Bounce", bounceOf("Permanent", "General", { at, of: ["kim@shop.example"] }));

  test("takes an event of a mail that nobody knows, in SNS's envelope or without", async () => {
    for (const message of [bounce, inSns(bounce)]) {
      const server = await aServer();
      const answer = await post(server, message);
      expect([answer.status, answer.json()]).toEqual([202, { queued: 1 }]);
      await server.host.settle();
      expect((await addressOf(server, "kim@shop.example")).suppressions).toEqual({ bounce: at });
    }
  });

  test("takes an opt-out in a mail program: the next mail is refused", async () => {
    const server = await aServer();
    await post(server, word("Subscription", subscriptionOf(at, { all: true })));
    await server.host.settle();
    await greeted(server, "kim@shop.example");
    const [send] = (await server.ask("/api/sends?campaign=welcome")).json().items;
    expect(send).toMatchObject({ state: "REFUSED", reason: "opted-out" });
  });

  test("puts what SES would never say among the rejected messages, with the reason, and goes on", async () => {
    const server = await aServer();
    const { host } = server;
    const hostile = [
      word("<script>alert(1)</script>"),
      { eventType: "Bounce" },
      '"a text"',
      [],
      { Message: "{" },
      { ...bounce, mail: { timestamp: iso(START + 400 * DAY_MS), messageId: "m", destination: ["kim@shop.example"] } },
    ];
    for (const message of hostile) expect((await post(server, message as Json)).status).toBe(202);
    expect((await post(server, "{")).status).toBe(400);
    expect((await post(server, `${"[".repeat(9_000)}${"]".repeat(9_000)}`)).status).toBe(400);
    await post(server, bounce);
    await host.settle();
    expect(host.data.queues.counts(host.data.clock.now())).toMatchObject({ rejected: { ready: hostile.length } });
    expect((await addressOf(server, "kim@shop.example")).suppressions).toEqual({ bounce: at });
  });
});
