// Guarantees of the audit: what people did is stored before it happens, with who and how it ended, and without personal data.
import { describe, expect, test } from "vitest";
import { type Act, type AuditEntry, audited, auditWrite } from "../../shared/pipeline/audit.ts";
import { erasePerson } from "../../shared/pipeline/erasure/erase.ts";
import { Unavailable } from "../../shared/pipeline/faults.ts";
import type { Item, Ports, Table, Write } from "../../shared/pipeline/ports.ts";
import { auditAbout } from "../../shared/pipeline/views/audit.ts";
import { relance, relanceJson } from "../cli/command-line.ts";
import { identify, lead } from "../support/calls.ts";
import { aFolder } from "../support/local-folder.ts";
import { MemoryWorld } from "../support/memory-world.ts";
import { smallShopDefinitions } from "../support/small-shop.ts";
import { aServer, START, type TestServer } from "../support/test-server.ts";

type Options = { role?: string; body?: unknown };

async function aShop() {
  const server = await aServer();
  server.host.data.clock.freeze();
  const post = (path: string, { role, body = {} }: Options = {}) => {
    // A second between acts: their order is that of the list.
    server.host.data.clock.jumpTo(server.host.data.clock.now() + 1_000);
    return server.ask(path, {
      method: "POST",
      headers: { "content-type": "application/json", ...(role !== undefined && { "x-relance-role": role }) },
      body: JSON.stringify(body),
    });
  };
  const acts = async () => (await server.ask("/api/audit?limit=500")).json().items as AuditEntry[];
  return { ...server, post, acts };
}

async function itemsOf({ host }: TestServer, prefix: string): Promise<Item[]> {
  const { items } = await host.data.table.scan({ segment: 0, segments: 1 });
  return items.filter(({ pk }) => pk.startsWith(prefix));
}

const EMAIL = "canary@anna.example";

describe("a call that changes something", () => {
  test("is kept with who asked, in which role, about what, and how it ended", async () => {
    const shop = await aShop();
    await shop.batch(identify(START), lead(START));
    await shop.host.settle();
    await shop.post("/api/campaigns/welcome/pause", { role: "marketer", body: { reason: "wrong price" } });
    await shop.post("/api/campaigns/welcome/resume", { role: "operator" });
    await shop.post("/api/suppressions", { role: "privacy", body: { email: EMAIL } });
    await shop.post("/api/campaigns/nothing/pause");
    await shop.post("/api/account/resume", { body: { why: 1 } });
    await shop.post("/api/events", { body: { type: "track", event: "lead.created", userId: "u-1" } });
    await shop.post("/api/imports", { body: { source: "crm", facts: [{ type: "nothing" }] } });
    await shop.post("/api/jobs/nightly/start", { role: "operator" });
    const acts = (await shop.acts()).toReversed();
    const profile = (await shop.ask("/api/profiles?id=u-1")).json().items[0].id;
    const address = (await itemsOf(shop, "ADDRESS#")).at(-1)?.pk;
    expect(acts.map(({ id: _id, at: _at, endedAt: _endedAt, ...act }) => act)).toEqual([
      {
        principal: "local/marketer",
        role: "marketer",
        action: "campaign.pause",
        subject: { campaign: "welcome" },
        outcome: "done",
      },
      {
        principal: "local/operator",
        role: "operator",
        action: "campaign.resume",
        subject: { campaign: "welcome" },
        outcome: "done",
      },
      {
        principal: "local/privacy",
        role: "privacy",
        action: "address.suppress",
        subject: { address: expect.stringMatching(/^ADDRESS#[0-9a-z]{24}$/) },
        outcome: "done",
      },
      { principal: "local", action: "campaign.pause", outcome: "refused", code: "no_such_campaign" },
      {
        principal: "local",
        action: "account.resume",
        subject: { account: "all mail" },
        outcome: "refused",
        code: "bad_request",
      },
      { principal: "local", action: "event.trigger", subject: { event: "lead.created", profile }, outcome: "done" },
      { principal: "local", action: "events.import", subject: { source: "crm" }, outcome: "done" },
      { principal: "local/operator", role: "operator", action: "nightly.start", outcome: "done" },
    ]);
    expect(address).toBeDefined();
    for (const { at, endedAt } of acts)
      expect([at, (endedAt as unknown as string) >= (at as unknown as string)]).toEqual([at, true]);
  });

  test("of one person is kept with their opaque id, by whatever name they were asked for", async () => {
    const shop = await aShop();
    await shop.batch(identify(START, { user: "u-1", traits: { email: EMAIL } }));
    await shop.host.settle();
    const profile = (await shop.ask("/api/profiles?id=u-1")).json().items[0].id;
    const role = "privacy";
    const person = (verb: string, id = "u-1") => `/api/profiles/${encodeURIComponent(id)}/${verb}`;
    await shop.ask(person("export"), { headers: { "x-relance-role": role } });
    await shop.post(person("consents", EMAIL), { role, body: { purpose: "marketing", state: "denied" } });
    await shop.post(person("erase", profile), { role });
    await shop.host.settle();
    await shop.post(person("erase"), { role });
    await shop.post("/api/erasures", { role, body: { email: EMAIL } });
    await shop.post("/api/erasures/reapply", { role });
    await shop.post("/api/jobs/retention/start", { role });
    const acts = (await shop.acts()).map(({ principal, action, subject, outcome }) => ({
      ...{ principal, action, outcome },
      ...(subject && { subject: subject.profile ?? subject.address?.slice(0, 8) }),
    }));
    const by = { principal: "local/privacy", outcome: "done" };
    expect(acts).toHaveLength(7);
    expect(acts).toEqual(
      expect.arrayContaining([
        { ...by, action: "person.export", subject: profile },
        { ...by, action: "consent.change", subject: profile },
        { ...by, action: "person.erase", subject: profile },
        { ...by, action: "person.erase", subject: "ADDRESS#" },
        { ...by, action: "erasures.reapply" },
        { ...by, action: "retention.start" },
      ]),
    );
    expect(JSON.stringify(await itemsOf(shop, "AUDIT"))).not.toMatch(/canary|u-1/);
  });

  test("of publishing keeps the plan; the history says who, whatever the body claims", async () => {
    const shop = await aShop();
    /** Publishes the shop with another priority; answers the plan. */
    const publish = async (priority: string, options: Options) => {
      const definitions = (await smallShopDefinitions()).map((one) =>
        one.id === "welcome" && one.kind === "campaign" ? { ...one, body: { ...one.body, priority } } : one,
      );
      const draft = (await shop.post("/api/drafts", { body: { definitions } })).json().revision;
      const plan = (await shop.post("/api/plans", { body: { draft } })).json().id;
      expect((await shop.post(`/api/plans/${plan}/apply`, options)).json()).toMatchObject({ changed: true });
      return plan;
    };
    const plan = await publish("low", { role: "marketer", body: { by: "somebody else" } });
    const [act] = await shop.acts();
    expect(act).toMatchObject({ principal: "local/marketer", action: "catalogue.publish", subject: { plan } });
    // Who sits at the machine has no role; the command line says who that is.
    await publish("high", { body: { by: "ada" } });
    const { history } = (await shop.ask("/api/catalogue")).json();
    expect(history.slice(0, 2).map(({ by }: { by: string }) => by)).toEqual(["ada", "local/marketer"]);
  });

  test("that nobody of the company asked for says by whose wish it was", async () => {
    const shop = await aShop();
    await shop.batch(identify(START, { user: "u-1" }), identify(START, { user: "u-2", traits: { email: EMAIL } }));
    await shop.host.settle();
    const { ports } = shop.host.data;
    const ids: string[] = [];
    for (const user of ["u-1", "u-2"]) ids.push((await shop.ask(`/api/profiles?id=${user}`)).json().items[0].id);
    await erasePerson(ports, ids[0] as string, { by: "person" });
    await erasePerson(ports, ids[0] as string, { by: "person" });
    shop.host.data.clock.jumpTo(shop.host.data.clock.now() + 1_000);
    await erasePerson(ports, ids[1] as string, { by: "retention" });
    const acts = (await shop.acts()).map(({ principal, action, subject, outcome }) => [
      principal,
      action,
      subject,
      outcome,
    ]);
    expect(acts).toEqual([
      ["relance", "person.erase", { profile: ids[1] }, "done"],
      ["person", "person.erase", { profile: ids[0] }, "done"],
    ]);
  });

  test("a stop switch says who turned it", async () => {
    const shop = await aShop();
    const paused = (await shop.post("/api/campaigns/welcome/pause", { role: "marketer" })).json();
    expect(paused.stops).toMatchObject([{ what: "campaign", by: "operator", who: "local/marketer" }]);
  });

  test("keeps nothing that tells who a person is, whatever stands in the request", async () => {
    const shop = await aShop();
    await shop.batch(identify(START, { user: "canary-user", traits: { email: EMAIL, firstName: "Canaria" } }));
    await shop.host.settle();
    const said = {
      userId: "canary-user",
      event: "Canaria bought",
      source: EMAIL,
      reason: "Canaria asked",
      email: EMAIL,
    };
    for (const path of [
      "/api/events",
      "/api/imports",
      "/api/suppressions",
      "/api/account/pause",
      "/api/account/resume",
    ]) {
      await shop.post(path, { body: { ...said, type: "track" } });
    }
    for (const id of [EMAIL, "canary-user", "Canaria%20x"]) {
      await shop.post(`/api/campaigns/${id}/pause`, { body: { reason: "Canaria asked" } });
      await shop.post(`/api/plans/${id}/apply`);
    }
    const kept = await itemsOf(shop, "AUDIT");
    expect(kept.length).toBeGreaterThanOrEqual(10);
    expect(JSON.stringify(kept)).not.toMatch(/canar/i);
  });

  test("changes nothing where it cannot be kept: the answer is 503", async () => {
    const shop = await aShop();
    refuse(shop.host.data.table, (write) => "put" in write && write.put.pk.startsWith("AUDIT#"));
    for (const path of ["/api/account/pause", "/api/suppressions", "/api/jobs/nightly/start"]) {
      const answer = await shop.post(path, { body: path.includes("supp") ? { email: EMAIL } : {} });
      expect([path, answer.status, answer.json().error.code]).toEqual([path, 503, "audit_unavailable"]);
    }
    expect(await itemsOf(shop, "STOP")).toEqual([]);
    expect(await itemsOf(shop, "ADDRESS#")).toEqual([]);
  });

  test("that only asks leaves no line", async () => {
    const shop = await aShop();
    for (const path of ["/api/summary", "/api/profiles?id=u-1", "/api/audit", "/api/catalogue"]) await shop.ask(path);
    expect(await shop.acts()).toEqual([]);
  });
});

/** Makes a table fail the writes that match. */
function refuse(table: Table, isRefused: (write: Write) => boolean): void {
  const write = table.write.bind(table);
  table.write = async (one) => {
    if (isRefused(one)) throw new Unavailable("The table");
    return write(one);
  };
}

const ACT: Act = { principal: "relance-operator/anna", role: "operator", action: "account.pause" };

describe("audited", () => {
  /** A memory world that notes the order of its writes. */
  async function aNote() {
    const world = new MemoryWorld();
    const order: string[] = [];
    const note = (what: string) => async () => void order.push(what);
    const ports: Ports = {
      ...world.ports,
      table: Object.assign(Object.create(world.ports.table), {
        write: async (write: Write) => {
          await world.ports.table.write(write);
          if ("put" in write) order.push((write.put["entry"] as unknown as AuditEntry).outcome);
        },
      }),
    };
    return { world, order, note, ports };
  }

  test("stores before the act, and completes after it", async () => {
    const { order, note, ports } = await aNote();
    await audited(ports, ACT, note("the act"));
    expect(order).toEqual(["asked", "the act", "done"]);
  });

  test("keeps that an act failed, and hands the error on", async () => {
    const { order, ports } = await aNote();
    const failing = audited(ports, ACT, () => Promise.reject(new Unavailable("The bus")));
    await expect(failing).rejects.toThrow("The bus did not answer.");
    expect(order).toEqual(["asked", "failed"]);
  });

  test("does nothing when it cannot store", async () => {
    const { order, note, ports, world } = await aNote();
    refuse(ports.table, () => true);
    await expect(audited(ports, ACT, note("the act"))).rejects.toMatchObject({
      code: "audit_unavailable",
      retryable: true,
    });
    expect(order).toEqual([]);
    expect((await world.table.scan({ segment: 0, segments: 1 })).items).toEqual([]);
  });

  test("an act whose end cannot be stored is done all the same, and goes on saying that it was asked for", async () => {
    const { order, note, ports } = await aNote();
    refuse(ports.table, (write) => "put" in write && write.put.version === 2);
    await audited(ports, ACT, note("the act"));
    expect(order).toEqual(["asked", "the act"]);
  });
});

describe("the list of acts", () => {
  /** One act a day, for 40 days up to the server's start. */
  async function aPast() {
    const shop = await aShop();
    const { ports } = shop.host.data;
    for (let day = 0; day < 40; day++) {
      const at = START - day * 86_400_000;
      const clock = { ...ports.clock, now: () => at };
      const subject = { campaign: `c-${day}`, ...(day % 10 === 0 && { profile: "p-1" }) };
      const write = auditWrite({ clock, ids: ports.ids }, { principal: "relance", action: "campaign.pause", subject });
      await ports.table.write(write);
    }
    return shop;
  }

  test("has the last 30 days, the latest first, page by page", async () => {
    const { ask } = await aPast();
    const campaigns: string[] = [];
    let next: string | undefined;
    do {
      const page = (await ask(`/api/audit?limit=7${next === undefined ? "" : `&next=${next}`}`)).json();
      campaigns.push(...page.items.map((act: AuditEntry) => act.subject?.campaign));
      next = page.next;
    } while (next !== undefined);
    expect(campaigns).toEqual(Array.from({ length: 30 }, (_, day) => `c-${day}`));
  });

  test("has exactly the span that is asked for", async () => {
    const { ask } = await aPast();
    const campaigns = async (query: string) =>
      (await ask(`/api/audit?limit=500&${query}`)).json().items.map((act: AuditEntry) => act.subject?.campaign);
    expect(await campaigns("since=-50%20hours")).toEqual(["c-0", "c-1", "c-2"]);
    expect(await campaigns("since=2027-02-20&until=2027-02-22")).toEqual(["c-9", "c-10"]);
    expect((await campaigns("since=-40%20days")).length).toBe(40);
  });

  test.each([
    ["since=yesterday", "bad_span"],
    ["since=2027-03-01&until=2027-02-01", "bad_span"],
    ["since=2025-01-01", "bad_span"],
    ["next=nonsense", "bad_page_token"],
    [`next=${Buffer.from("AUDIT").toString("base64url")}`, "bad_page_token"],
    ["limit=0", "bad_limit"],
  ])("for ?%s is refused with %s", async (query, code) => {
    const { ask } = await aShop();
    const answer = await ask(`/api/audit?${query}`);
    expect([answer.status, answer.json().error.code]).toEqual([400, code]);
  });

  test("of one person has what was done about them", async () => {
    const { host } = await aPast();
    const lines = await auditAbout(host.data.ports, ["p-1"]);
    expect(lines.map(({ subject }) => subject?.campaign)).toEqual(["c-30", "c-20", "c-10", "c-0"]);
    expect(await auditAbout(host.data.ports, ["p-2"])).toEqual([]);
  });

  test("is read on the command line", async () => {
    const data = aFolder();
    expect((await relance(["trigger", "lead.created", "--user", "ada"], { data })).code).toBe(0);
    await relance(["suppress", "not-an-address"], { data });
    await relance(["suppress", EMAIL], { data });
    const { out } = await relance(["audit"], { data });
    const lines = out.trim().split("\n");
    expect(lines[0]).toMatch(
      /^\d{4}-\d{2}-\d{2} \d{2}:\d{2} UTC {2}local {2}close an address +address hash \w+ +done$/,
    );
    expect(lines[1]).toMatch(/close an address +refused: not_an_address$/);
    expect(lines[2]).toMatch(/send an event by hand +event lead\.created.* +done$/);
    const { items } = await relanceJson<{ items: unknown[] }>(["audit", "--since", "-1 day", "--most", "2"], { data });
    expect(items).toHaveLength(2);
    expect((await relance(["audit", "--since", "2020-01-01", "--until", "2020-02-01"], { data })).out).toBe(
      "Nothing was done in that time.\n",
    );
    expect((await relance(["audit", "--since", "long ago"], { data })).code).toBe(2);
  });
});
