// Guarantees of the doors of consent: what holds and its proofs are shown, the company's word is noted, roles are asked for.
import { describe, expect, test } from "vitest";
import { publish } from "../../shared/pipeline/catalogue-store.ts";
import { consent, identify, lead } from "../support/calls.ts";
import { smallShopDefinitions } from "../support/small-shop.ts";
import { aServer, START } from "../support/test-server.ts";

async function aShop() {
  const server = await aServer();
  server.host.data.clock.freeze();
  await server.batch(identify(START), consent(START));
  await server.host.settle();
  const path = "/api/profiles/u-1/consents";
  const post = (body: unknown, headers: Record<string, string> = {}) =>
    server.ask(path, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
  const get = async () => (await server.ask(path)).json();
  const at = new Date(server.host.data.clock.now()).toISOString();
  return { ...server, post, get, at };
}

const NO = { purpose: "marketing", state: "denied", how: "letter of 2 March" };

describe("GET /api/profiles/{id}/consents", () => {
  test("answers what holds for each purpose, on which basis, and every word that changed it", async () => {
    const { get, at } = await aShop();
    const said = {
      ...{ purpose: "marketing", channel: "email", state: "granted", at, actor: "system" },
      by: expect.stringMatching(/^[\w-]+\/consent-u-1-/),
    };
    const view = await get();
    // The clock runs until the call is accepted.
    for (const word of [view.consents[0].said, ...view.proofs]) delete word.saidAt;
    expect(view).toEqual({
      consents: [
        { purpose: "marketing", basis: "consent", said },
        { purpose: "open-tracking", basis: "consent" },
      ],
      address: {},
      proofs: [{ ...said, source: expect.any(String) }],
    });
  });

  test("says that there is nobody", async () => {
    const { ask } = await aShop();
    expect((await ask("/api/profiles/nobody/consents")).status).toBe(404);
  });
});

describe("POST /api/profiles/{id}/consents", () => {
  test("notes a no: in force when it answers, with its proof, and audited", async () => {
    const { post, get, ask, batch, host, at } = await aShop();
    const answer = await post(NO);
    expect([answer.status, answer.json().changed]).toEqual([200, true]);
    const said = { state: "denied", actor: "system", by: "company/local", how: "letter of 2 March" };
    expect((await get()).consents[0].said).toMatchObject(said);
    expect((await get()).proofs[1]).toMatchObject({ ...said, before: "granted" });
    expect((await ask("/api/profiles/u-1")).json().optOuts).toEqual({ marketing: at });
    expect((await ask("/api/audit")).json().items[0]).toMatchObject({ action: "consent.change", outcome: "done" });
    await batch(lead(START));
    await host.settle();
    expect(host.data.outbox.count()).toBe(0);
  });

  test("notes a yes, which lifts no earlier no", async () => {
    const { post } = await aShop();
    expect((await post({ purpose: "open-tracking", state: "granted", how: "till" })).json().changed).toBe(true);
    await post(NO);
    const answer = (await post({ ...NO, state: "granted" })).json();
    expect(answer).toMatchObject({ changed: false, consents: [{ said: { state: "denied" } }, {}] });
    expect(answer.proofs).toHaveLength(3);
  });

  test.each([
    ["no JSON", "{", "not_json"],
    ["no body", {}, "bad_request"],
    ["another state", { ...NO, state: "unknown" }, "bad_request"],
    ["a line break in the means", { ...NO, how: "a\nb" }, "bad_request"],
    ["too long a wording", { ...NO, wording: "x".repeat(201) }, "bad_request"],
    ["an actor of its own choice", { ...NO, actor: "person" }, "bad_request"],
    ["a purpose that is none", { ...NO, purpose: "marketting" }, "unknown_purpose"],
    ["a purpose out of nowhere", { ...NO, purpose: "constructor" }, "unknown_purpose"],
  ])("takes %s for a mistake and changes nothing", async (_what, body, code) => {
    const { post, get } = await aShop();
    const before = await get();
    const answer = await post(body);
    expect([answer.status, answer.json().error.code]).toEqual([400, code]);
    expect(await get()).toEqual(before);
  });

  test("is for the privacy role; marketers and operators may read", async () => {
    const { post, ask, get } = await aShop();
    const before = await get();
    for (const [role, write, read] of [
      ["viewer", 403, 403],
      ["marketer", 403, 200],
      ["operator", 403, 200],
    ] as const) {
      expect((await post(NO, { "x-relance-role": role })).status).toBe(write);
      const answer = await ask("/api/profiles/u-1/consents", { headers: { "x-relance-role": role } });
      expect(answer.status).toBe(read);
    }
    expect(await get()).toEqual(before);
    expect((await post(NO, { "x-relance-role": "privacy" })).status).toBe(200);
  });
});

describe("a form that is tried locally", () => {
  test.each(["local", "newsletter-form"])("speaks for the person where its source %s is named", async (source) => {
    const { batch, get, host, ask } = await aShop();
    const shop = (await smallShopDefinitions()).map((one) =>
      one.kind === "settings" ? { ...one, body: { ...one.body, consent: { forms: { [source]: {} } } } } : one,
    );
    await publish(host.data.ports, shop);
    await batch(consent(START + 1_000, { state: "denied" }));
    await host.settle();
    const traits = { consent: { marketing: "granted" } };
    await host.advanceTo(host.data.clock.now() + 5_000);
    if (source === "local") await batch({ type: "identify", userId: "u-1", messageId: "yes", traits });
    else {
      const headers = { "content-type": "application/x-amz-json-1.1", "x-amz-target": "AWSEvents.PutEvents" };
      const Detail = JSON.stringify({ userId: "u-1", traits });
      const body = JSON.stringify({ Entries: [{ Source: source, DetailType: "identify", Detail }] });
      expect((await ask("/", { method: "POST", headers, body })).json()).toMatchObject({ FailedEntryCount: 0 });
    }
    await host.settle();
    expect((await get()).consents[0].said).toMatchObject({ state: "granted", actor: "person" });
  });
});

describe("a word on consent at the intake", () => {
  test("says which field is wrong when it is none", async () => {
    const { batch } = await aShop();
    const call = (words: object) => ({ ...consent(START + 1), messageId: "x", traits: { consent: words } });
    for (const words of [
      { marketing: "yes" },
      { marketing: { state: "granted", how: "a\u0000b" } },
      { constructor: "granted" },
    ]) {
      const { rejected } = (await batch(call(words))).json();
      expect(rejected).toMatchObject([{ index: 0, code: expect.any(String), path: expect.stringContaining("traits") }]);
    }
    expect((await batch(call({ marketing: { state: "denied", how: "till" } }))).json()).toMatchObject({ accepted: 1 });
  });
});
