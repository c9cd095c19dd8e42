// Guarantees of the stop switch's doors: what they take, what they answer, and that mail stops and goes on.
import { describe, expect, test } from "vitest";
import { identify, lead } from "../support/calls.ts";
import { aServer, START, type TestServer } from "../support/test-server.ts";

/** A server whose time moves by jumps only: a pause takes no real time. */
async function aShop(options?: { published?: boolean }) {
  const server = await aServer(options);
  server.host.data.clock.freeze();
  const post = (path: string, body?: unknown) =>
    server.ask(path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: body === undefined ? "" : JSON.stringify(body),
    });
  return { ...server, post };
}

const aLead = ({ batch }: TestServer, user = "u-1") =>
  batch(identify(START, { user, traits: { consent: { marketing: "granted" } } }), lead(START, user));

describe("POST /api/campaigns/{id}/pause", () => {
  test("answers within 5 seconds what is stopped, since when, by whom and why; then nothing leaves until the resume", async () => {
    const shop = await aShop();
    const before = shop.host.data.clock.now();
    const answer = await shop.post("/api/campaigns/welcome/pause", { reason: "wrong price" });
    expect(answer.status).toBe(200);
    expect(answer.json()).toEqual({
      campaign: "welcome",
      changed: true,
      stops: [{ what: "campaign", at: new Date(before).toISOString(), by: "operator", reason: "wrong price" }],
    });
    expect(shop.host.data.clock.now() - before).toBeLessThan(5_000);
    await aLead(shop);
    await shop.moveClock({ advance: "PT1H" });
    expect(shop.host.data.outbox.count()).toBe(0);
    const resumed = (await shop.post("/api/campaigns/welcome/resume")).json();
    expect(resumed.held).toEqual({ total: 1, tooLate: 0, nextExpiresAt: expect.stringMatching(/^2027-03-05T/) });
    expect(resumed).toMatchObject({ campaign: "welcome", changed: true, was: { reason: "wrong price" }, stops: [] });
    await shop.moveClock({ advance: "PT10M" });
    expect(shop.host.data.outbox.count()).toBe(1);
  });

  test("says what is there when there is no such campaign", async () => {
    const shop = await aShop();
    for (const verb of ["pause", "resume"]) {
      const answer = await shop.post(`/api/campaigns/welcom/${verb}`);
      expect(answer.status).toBe(404);
      expect(answer.json().error).toEqual({
        code: "no_such_campaign",
        message:
          'No campaign "welcom" was ever published. Did you mean welcome? There are: birthday, upsell, welcome, win-back.',
      });
    }
  });

  test.each([
    [{ why: "x" }],
    [{ reason: 5 }],
    [{ reason: "" }],
    [{ reason: " \n " }],
    [{ reason: "x".repeat(501) }],
    [[]],
  ])("takes a reason or nothing: %j is answered with what it must be", async (body) => {
    const shop = await aShop();
    const answer = await shop.post("/api/campaigns/welcome/pause", body);
    expect(answer.status).toBe(400);
    expect(answer.json().error).toMatchObject({
      code: "bad_request",
      message: expect.stringContaining('{"reason":'),
    });
    expect((await shop.ask("/api/account")).json().stops.campaigns).toEqual([]);
  });
});

describe("POST /api/account/pause", () => {
  test("works before anything is published, and again without effect", async () => {
    const shop = await aShop({ published: false });
    expect((await shop.post("/api/account/pause", { reason: "moving" })).json()).toMatchObject({
      changed: true,
      stops: [{ what: "account", by: "operator", reason: "moving" }],
    });
    expect((await shop.post("/api/account/pause", { reason: "again" })).json()).toMatchObject({
      changed: false,
      stops: [{ reason: "moving" }],
    });
    expect((await shop.post("/api/account/resume")).json()).toMatchObject({ changed: true, stops: [] });
    expect((await shop.post("/api/account/resume")).json()).toEqual({ changed: false, stops: [] });
  });

  test("holds a campaign that was resumed itself, and the answer says so", async () => {
    const shop = await aShop();
    await shop.post("/api/account/pause");
    await shop.post("/api/campaigns/welcome/pause");
    const { stops } = (await shop.post("/api/campaigns/welcome/resume")).json();
    expect(stops).toMatchObject([{ what: "account", by: "operator" }]);
  });
});
