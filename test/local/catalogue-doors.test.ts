// Guarantees of campaigns as code through the api: the same structure as in files, checked as a whole, applied only as planned.
import { describe, expect, test } from "vitest";
import type { Definition } from "../../shared/domain/definition.ts";
import { DAY_MS } from "../../shared/domain/instant.ts";
import { lead } from "../support/calls.ts";
import { smallShopDefinitions } from "../support/small-shop.ts";
import { type Answered, aServer, START, type TestServer } from "../support/test-server.ts";

const post = ({ ask }: TestServer, path: string, body: unknown): Promise<Answered> =>
  ask(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

/** The shop with its welcome campaign changed. */
async function changed(body: object): Promise<Definition[]> {
  return (await smallShopDefinitions()).map((definition) =>
    definition.kind === "campaign" && definition.id === "welcome"
      ? { ...definition, body: { ...definition.body, ...body } }
      : definition,
  );
}

async function withSettings(settings: object): Promise<Definition[]> {
  return (await smallShopDefinitions()).map((one) =>
    one.kind === "settings" ? { ...one, body: { ...one.body, ...settings } } : one,
  );
}

async function planned(server: TestServer, definitions: Definition[]): Promise<{ id: string }> {
  const { revision } = (await post(server, "/api/drafts", { definitions })).json();
  return (await post(server, "/api/plans", { draft: revision })).json();
}

describe("drafts", () => {
  test("are the same revision whole or in parts, and nothing goes live", async () => {
    const server = await aServer();
    const definitions = await changed({ priority: "low" });
    const whole = (await post(server, "/api/drafts", { definitions })).json();
    const first = (await post(server, "/api/definitions", { definitions: definitions.slice(0, 5) })).json();
    const parts = await post(server, "/api/drafts", { definitions: [...first.stored, ...definitions.slice(5)] });
    expect(parts.json()).toEqual(whole);
    expect((await server.ask("/api/catalogue")).json()).toMatchObject({ active: { seq: 1 } });
  });

  test("are refused with settings that would erase who was heard of last week", async () => {
    const definitions = await withSettings({ retention: { after: "7 days", automatic: true } });
    const answered = await post(await aServer(), "/api/drafts", { definitions });
    expect([answered.status, answered.json().error.message]).toEqual([400, expect.stringContaining("30 days or more")]);
  });

  test.each([
    [
      "a broken body",
      { steps: [{ id: "say", send: "welcome", wait: "1 day" }] },
      /campaigns\/welcome\.yaml:\d+:\d+: steps\[0\]/,
    ],
    ["an unknown template", { steps: [{ id: "say", send: "nothing" }] }, /there is no template nothing/],
    ["an unknown segment", { audience: { inSegment: "nobody" } }, /there is no segment nobody/],
  ])("are refused with %s: where, what", async (_, body, message) => {
    const server = await aServer();
    const answered = await post(server, "/api/drafts", { definitions: await changed(body as object) });
    expect(answered.status).toBe(400);
    const { error } = answered.json();
    expect(error).toMatchObject({ code: "broken_definitions", message: expect.stringMatching(message) });
    expect(error.problems).toHaveLength(1);
  });

  test("are refused without settings, with an id twice, with a hash nobody sent", async () => {
    const server = await aServer();
    const shop = await smallShopDefinitions();
    const codes = async (definitions: unknown[]) =>
      (await post(server, "/api/drafts", { definitions }))
        .json()
        .error.problems.map(({ code }: { code: string }) => code);
    expect(await codes(shop.filter(({ kind }) => kind !== "settings"))).toEqual(["settings_missing"]);
    expect(await codes([...shop, shop.find(({ kind }) => kind === "segment")])).toEqual(["duplicate_id"]);
    expect(await codes(["not-a-hash"])).toEqual(["unknown_definition"]);
    expect((await post(server, "/api/drafts", { definitions: [{ kind: "poem" }] })).status).toBe(400);
  });
});

describe("plans", () => {
  test("go live exactly as planned, once, and tell who and why", async () => {
    const server = await aServer();
    const plan = await planned(server, await changed({ priority: "low" }));
    expect(plan).toMatchObject({ base: 1, active: 1, archives: [], everyone: [], sameRevision: false });
    const applied = await post(server, `/api/plans/${plan.id}/apply`, { by: "zoe", note: "calmer" });
    expect(applied).toMatchObject({ status: 200 });
    expect(applied.json()).toMatchObject({ seq: 2, changed: true });
    expect((await server.ask("/api/catalogue")).json().history[0]).toMatchObject({ seq: 2, by: "zoe", note: "calmer" });
    expect((await post(server, `/api/plans/${plan.id}/apply`, {})).json()).toMatchObject({ seq: 2, changed: false });
  });

  test("are refused when something else went live since", async () => {
    const server = await aServer();
    const [first, second] = [
      await planned(server, await changed({ priority: "low" })),
      await planned(server, await changed({ holdout: 5 })),
    ];
    expect((await post(server, `/api/plans/${first.id}/apply`, {})).status).toBe(200);
    const refused = await post(server, `/api/plans/${second.id}/apply`, {});
    expect(refused).toMatchObject({ status: 409 });
    expect(refused.json()).toMatchObject({ error: { code: "catalogue_moved" } });
    expect((await server.ask(`/api/plans/${second.id}`)).json()).toMatchObject({ base: 1, active: 2 });
  });

  test("that end a campaign or reach everyone need to be allowed", async () => {
    const server = await aServer();
    const apply = async (definitions: Definition[], allowed: object = {}) => {
      const answered = await post(server, `/api/plans/${(await planned(server, definitions)).id}/apply`, allowed);
      return answered.status === 200 ? "applied" : `${answered.status} ${answered.json().error.code}`;
    };
    const archived = await changed({ status: "archived" });
    const forAll = await changed({ on: { schedule: { daily: "09:00" } } });
    expect(await apply(archived)).toBe("409 needs_allow_destructive");
    expect(await apply(forAll)).toBe("409 needs_allow_everyone");
    expect(await apply(forAll, { allowEveryone: true })).toBe("applied");
    expect(await apply(archived, { allowDestructive: true })).toBe("applied");
  });

  test("that protect people less need to be allowed, and count who would be erased by the coming night", async () => {
    const server = await aServer();
    await server.batch(lead(START, "u-1"));
    await server.moveClock({ advance: "P31D" });
    await server.batch(lead(START + 31 * DAY_MS, "u-2"));
    await server.host.settle();
    const plan = await planned(server, await withSettings({ retention: { after: "30 days", automatic: true } }));
    expect(plan).toMatchObject({
      loosens: [{ path: "retention.after" }, { path: "retention.automatic" }],
      overdue: { automatic: true, overdue: 1, looked: 2, isAll: true },
    });
    const refused = await post(server, `/api/plans/${plan.id}/apply`, { allowEveryone: true });
    expect([refused.status, refused.json().error]).toEqual([
      409,
      { code: "needs_allow_destructive", message: expect.stringMatching(/^retention\.after: .* Allow it with/) },
    ]);
    expect((await post(server, `/api/plans/${plan.id}/apply`, { allowDestructive: true })).status).toBe(200);
    await server.moveClock({ advance: "P1D" });
    expect((await server.ask("/api/retention")).json()).toMatchObject({ looked: 1 });
  });

  test("that change settings otherwise need nothing, and nobody is counted", async () => {
    const server = await aServer();
    const plan = await planned(
      server,
      await withSettings({ softBounces: { max: 20 }, retention: { after: "5 years" } }),
    );
    expect(plan).toMatchObject({ loosens: [] });
    expect(plan).not.toHaveProperty("overdue");
    expect((await post(server, `/api/plans/${plan.id}/apply`, {})).status).toBe(200);
  });

  test("that nobody made are not found; a wrong question is told what is wrong with it", async () => {
    const server = await aServer();
    expect((await server.ask("/api/plans/00000000@1")).json()).toMatchObject({ error: { code: "no_such_plan" } });
    expect((await post(server, "/api/plans", { draft: "0123456789" })).json()).toMatchObject({
      error: { code: "no_such_draft" },
    });
    const plan = await planned(server, await changed({ priority: "low" }));
    const wrong = await post(server, `/api/plans/${plan.id}/forecast`, { days: -1 });
    expect(wrong.status).toBe(400);
    expect(wrong.json().error.message).toContain("days");
  });
});

describe("a forecast that cannot be", () => {
  test.each([
    ["of time to come", { until: 4_000_000_000_000 }, "not_recorded_yet"],
    ["behind the last part", { cursor: { part: 99 } }, "bad_request"],
    ["of no day at all", { days: -1 }, "bad_request"],
  ])("is refused: %s", async (_, body, code) => {
    const server = await aServer();
    const { id } = await planned(server, await changed({ priority: "low" }));
    const answered = await post(server, `/api/plans/${id}/forecast`, body);
    expect([answered.status, answered.json().error.code]).toEqual([400, code]);
  });
});

test("settings under another name, and a body of thousands of levels, are refused", async () => {
  const server = await aServer();
  const [settings] = (await smallShopDefinitions()).filter(({ kind }) => kind === "settings");
  const twice = await post(server, "/api/drafts", { definitions: [settings, { ...settings, id: "other" }] });
  expect([twice.status, twice.json().error.code]).toEqual([400, "broken_definitions"]);
  for (const levels of [5_000, 50_000]) {
    const where = `${"[".repeat(levels)}${"]".repeat(levels)}`;
    const deep = await server.ask("/api/drafts", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: `{"definitions":[{"kind":"segment","id":"s","body":{"where":${where}}}]}`,
    });
    expect(deep.status).toBe(400);
  }
});
