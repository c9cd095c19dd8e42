// Guarantees of the ledger's doors: what they answer, and what they say when something does not exist.
import { describe, expect, test } from "vitest";
import { consent, identify, lead } from "../support/calls.ts";
import { aServer, START, type TestServer } from "../support/test-server.ts";

/** A server with two leads, one of whom agreed to mails. */
async function aShop(): Promise<TestServer> {
  const server = await aServer();
  for (const [user, state] of [
    ["yes", "granted"],
    ["no", "denied"],
  ] as const)
    await server.batch(
      identify(START, { user, traits: { email: `${user}@example.com` } }),
      consent(START, { user, state }),
      lead(START, user),
    );
  await server.host.settle();
  return server;
}

const post = (server: TestServer, path: string, body: string) =>
  server.ask(path, { method: "POST", headers: { "content-type": "application/json" }, body });

describe("GET /api/ledger", () => {
  test("has every campaign and the total, or one campaign", async () => {
    const { ask } = await aShop();
    const all = (await ask("/api/ledger")).json();
    expect(all.items.map(({ campaign }: { campaign: string }) => campaign)).toContain("birthday");
    expect(all.total).toMatchObject({ planned: 2, sent: 1, refused: 1, held: 0 });
    expect(Date.parse(all.asOf)).toBeGreaterThanOrEqual(START);
    const one = (await ask("/api/ledger?campaign=welcome")).json();
    expect(one.items).toMatchObject([
      { campaign: "welcome", planned: 2, reasons: { refused: { "consent-denied": 1 } } },
    ]);
    expect((await ask("/api/summary")).json()).toMatchObject({
      ledger: all.total,
      campaigns: expect.arrayContaining([
        expect.objectContaining({ id: "welcome", intended: 2, sent: 1, refusals: { "consent-denied": 1 } }),
      ]),
    });
  });

  test("of a campaign that never was answers 404 with the nearest name", async () => {
    const { ask } = await aServer();
    const answer = await ask("/api/ledger?campaign=welcom");
    expect(answer.status).toBe(404);
    expect(answer.json().error).toMatchObject({
      code: "no_such_campaign",
      message: expect.stringMatching(/^There is no campaign "welcom"\. Did you mean welcome\? There are: .*win-back/),
    });
  });
});

describe("what the ledger is asked", () => {
  test("by a name that means nothing there is answered with 400 and the one there is", async () => {
    const { ask } = await aServer();
    const answer = await ask("/api/ledger?state=SENT");
    expect({ status: answer.status, ...answer.json().error }).toEqual({
      status: 400,
      code: "unknown_parameter",
      message: '"state" is nothing that can be asked for here. There are: campaign.',
    });
  });
});

describe("GET /api/sends", () => {
  test("tells what an entry is about to those alone who may see people", async () => {
    const { ask } = await aShop();
    const keys = async (role?: string) => {
      const answer = await ask("/api/sends", role === undefined ? {} : { headers: { "x-relance-role": role } });
      return answer.json().items.map((send: object) => ["sendId" in send, "key" in send]);
    };
    for (const role of [undefined, "marketer", "operator", "privacy"])
      expect(await keys(role)).toEqual(Array(2).fill([true, true]));
    expect(await keys("viewer")).toEqual(Array(2).fill([true, false]));
  });

  test("passes by state, part and reason", async () => {
    const { ask } = await aShop();
    const found = async (query: string) => (await ask(`/api/sends?${query}`)).json().items.length;
    expect(await found("state=sent")).toBe(1);
    expect(await found("state=REFUSED&reason=consent-denied&campaign=welcome")).toBe(1);
    expect(await found("reason=holdout")).toBe(0);
    expect(await found("state=held")).toBe(0);
    expect(await found("campaign=upsell")).toBe(0);
  });

  test.each([
    ["state=sen", 400, "no_such_state", /Did you mean SENT\? There are: PENDING, .*EXPIRED, HELD\./],
    ["reason=hold-out", 400, "no_such_reason", /Did you mean holdout\? There are: expired, /],
    ["campaign=welcom", 404, "no_such_campaign", /Did you mean welcome\?/],
    ["limit=0", 400, "bad_limit", /limit must be a number from 1 to 500/],
    ["limit=ten", 400, "bad_limit", /limit must be a number/],
    ["limit=501", 400, "bad_limit", /limit must be a number from 1 to 500/],
    ["limit=100000", 400, "bad_limit", /limit must be a number from 1 to 500/],
    ["campain=welcome", 400, "unknown_parameter", /"campain" .*Did you mean campaign\? There are: campaign, state, /],
    ["next=nonsense", 400, "bad_page_token", /earlier page/],
    ["next=9999", 400, "bad_page_token", /earlier page/],
    ["next=0:nonsense", 400, "bad_page_token", /earlier page/],
  ])("answers %s with what is wrong", async (query, ...expected) => {
    const { ask } = await aServer();
    const [status, code, message] = expected;
    const answer = await ask(`/api/sends?${query}`);
    expect({ status: answer.status, code: answer.json().error.code }).toEqual({ status, code });
    expect(answer.json().error.message).toMatch(message);
  });
});

describe("GET /api/account", () => {
  test("tells the quota, the stops, what waits, and when all will be out", async () => {
    const { ask } = await aShop();
    expect((await ask("/api/account")).json()).toMatchObject({
      mailer: { perSecond: expect.any(Number), perDay: expect.any(Number), sentToday: 1, state: "open" },
      stops: { campaigns: [] },
      backlog: { total: 0, stopped: 0 },
      allOutBy: expect.stringMatching(/^2027-03-02T/),
      says: ["Nothing waits to be sent."],
    });
  });
});

describe("POST /api/suppressions", () => {
  test("closes an address, and answers alike for one that nobody has", async () => {
    const server = await aShop();
    const known = await post(server, "/api/suppressions", '{"email":"yes@example.com"}');
    const unknown = await post(server, "/api/suppressions", '{"email":"stranger@example.com"}');
    expect(known).toMatchObject({ status: 200, text: unknown.text });
    expect(known.text).not.toContain("example.com");
    const page = (await server.ask("/api/profiles/yes")).json();
    expect(page.suppressions).toMatchObject({ operator: expect.stringMatching(/^2027-03-02T/) });
  });

  test.each([
    ['{"email":"anna"}', "not_an_address", /must be one name@domain, such as/],
    ['{"email":"Anna <anna@example.com>"}', "not_an_address", /without quotes, spaces or a display name/],
    ['{"address":"anna@example.com"}', "bad_request", /^The body must be \{"email"/],
    ['{"email":7}', "bad_request", /^The body must be/],
    ["{", "not_json", /not JSON/],
  ])("answers %s with 400 and why", async (body, code, message) => {
    const answer = await post(await aServer(), "/api/suppressions", body);
    expect({ status: answer.status, code: answer.json().error.code }).toEqual({ status: 400, code });
    expect(answer.json().error.message).toMatch(message);
    expect(answer.text).not.toContain("anna@example.com>");
  });
});
