// Guarantees of the data-protection officer's doors: export, erase by id or address, retention; each by right, each in the audit.
import { expect, test } from "vitest";
import { aServer, type TestServer } from "../support/test-server.ts";

const JSON_TYPE = { "content-type": "application/json" };
type Posted = { body?: unknown; headers?: Record<string, string> };
const post = ({ ask }: TestServer, path: string, { body = {}, headers = {} }: Posted = {}) =>
  ask(path, { method: "POST", headers: { ...JSON_TYPE, ...headers }, body: JSON.stringify(body) });

async function aServerWithLea(): Promise<TestServer> {
  const server = await aServer();
  await server.batch(
    { type: "identify", userId: "lea", traits: { email: "lea@example.com", consent: { marketing: "granted" } } },
    { type: "track", userId: "lea", event: "Lead Created" },
    { type: "identify", userId: "tom", traits: { email: "tom@example.com" } },
  );
  await server.host.settle();
  return server;
}

const actsOf = async ({ ask }: TestServer) =>
  ((await ask("/api/audit")).json() as { items: { action: string; principal: string; outcome: string }[] }).items.map(
    ({ action, principal, outcome }) => `${principal} ${action} ${outcome}`,
  );

test("an export has everything, and is in the audit", async () => {
  const server = await aServerWithLea();
  const { status, json } = await server.ask("/api/profiles/lea/export");
  expect(status).toBe(200);
  expect(json()).toMatchObject({ person: { identities: ["userId:lea"] }, address: { email: "lea@example.com" } });
  expect(await actsOf(server)).toContain("local person.export done");
  expect((await server.ask("/api/profiles/nobody/export")).status).toBe(404);
});

test("an erasure by id answers with its job, and twice with the same", async () => {
  const server = await aServerWithLea();
  const { id } = (await server.ask("/api/profiles/lea")).json();
  const first = await post(server, "/api/profiles/lea/erase");
  expect([first.status, first.json()]).toMatchObject([
    200,
    { profileId: id, jobId: `erasure#${id}`, wasErased: false },
  ]);
  await server.host.settle();
  const job = (await server.ask(`/api/jobs/${encodeURIComponent(`erasure#${id}`)}`)).json();
  expect(job).toMatchObject({ kind: "erasure", state: "waiting" });
  expect(job.counts.done).toBeGreaterThan(3);
  expect((await post(server, `/api/profiles/${id}/erase`)).json()).toMatchObject({ wasErased: true });
  expect((await server.ask("/api/profiles/lea")).status).toBe(404);
  expect((await post(server, "/api/profiles/nobody/erase")).status).toBe(404);
  expect(await actsOf(server)).toContain("local person.erase done");
});

test("an erasure by address answers the same for a known and an unknown one", async () => {
  const server = await aServerWithLea();
  const known = await post(server, "/api/erasures", { body: { email: "lea@example.com" } });
  const unknown = await post(server, "/api/erasures", { body: { email: "nobody@example.com" } });
  expect([known.status, known.text]).toEqual([unknown.status, unknown.text]);
  expect(known.json()).toEqual({ erased: true });
  expect((await server.ask("/api/profiles/lea")).status).toBe(404);
  expect((await server.ask("/api/profiles/tom")).status).toBe(200);
});

test.each([{ email: "lea" }, { email: "Lea <lea@example.com>" }, { mail: "lea@example.com" }, {}, "text"])(
  "%j is no address to erase, and the answer does not repeat it",
  async (body) => {
    const server = await aServerWithLea();
    const answer = await post(server, "/api/erasures", { body });
    expect(answer.status).toBe(400);
    expect(answer.text).not.toMatch(/lea/);
    expect((await server.ask("/api/profiles/lea")).status).toBe(200);
  },
);

test("who has not got the right changes and sees nothing", async () => {
  const server = await aServerWithLea();
  for (const role of ["viewer", "marketer", "operator"]) {
    const headers = { "x-relance-role": role };
    const answers = [
      await post(server, "/api/profiles/lea/erase", { headers }),
      await post(server, "/api/erasures", { body: { email: "lea@example.com" }, headers }),
      await post(server, "/api/erasures/reapply", { headers }),
      await post(server, "/api/jobs/retention/start", { headers }),
      await server.ask("/api/profiles/lea/export", { headers }),
      await server.ask("/api/retention", { headers }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403, 403]);
  }
  expect((await server.ask("/api/profiles/lea")).status).toBe(200);
});

test("retention is shown before it is started, and erases whoever was shown", async () => {
  const server = await aServerWithLea();
  expect((await server.ask("/api/retention")).json()).toMatchObject({ after: "3 years", automatic: false, items: [] });
  await server.moveClock({ advance: "P3Y1D" });
  const { items, looked } = (await server.ask("/api/retention")).json();
  expect({ looked, overdue: items.length }).toEqual({ looked: 2, overdue: 2 });
  expect(Object.keys(items[0])).toEqual(["profileId", "lastActAt"]);
  expect((await server.ask("/api/profiles/lea")).status).toBe(200);
  expect((await post(server, "/api/jobs/retention/start")).json()).toEqual({ jobId: "retention" });
  await server.host.settle();
  expect((await server.ask("/api/profiles/lea")).status).toBe(404);
  expect(await actsOf(server)).toContain("relance person.erase done");
});

test("after the data file was put back to an earlier state, the erasures beside it take effect again", async () => {
  const server = await aServerWithLea();
  const { ports } = server.host.data;
  const { id } = (await server.ask("/api/profiles/lea")).json();
  const pages = await ports.table.scan({ segment: 0, segments: 1 });
  await post(server, "/api/profiles/lea/erase");
  await server.host.settle();
  for (const item of pages.items) await ports.table.write({ put: item });
  await ports.table.write({ delete: { pk: `JOB#erasure#${id}`, sk: "JOB" } });
  expect((await server.ask("/api/profiles/lea")).status).toBe(200);
  expect((await post(server, "/api/erasures/reapply")).json()).toEqual({ jobId: "reapply" });
  await server.host.settle();
  expect((await server.ask("/api/jobs/reapply")).json()).toMatchObject({ state: "done", counts: { erased: 1 } });
  expect((await server.ask("/api/profiles/lea")).status).toBe(404);
});

test("an address of several people opens nobody's doors: the answer lists them, and nothing is done", async () => {
  const server = await aServerWithLea();
  await server.batch({ type: "identify", userId: "leo", traits: { email: "lea@example.com" } });
  await server.host.settle();
  const asked = "lea@example.com";
  const deny = { purpose: "marketing", state: "denied", how: "letter" };
  const answers = [
    ...(await Promise.all(
      ["", "/timeline", "/explain", "/consents", "/export"].map((door) => server.ask(`/api/profiles/${asked}${door}`)),
    )),
    await post(server, `/api/profiles/${asked}/consents`, { body: deny }),
    await post(server, `/api/profiles/${asked}/erase`),
  ];
  const { id } = (await server.ask("/api/profiles/leo")).json();
  for (const { status, json } of answers) {
    expect([status, json().error.code]).toEqual([409, "several_people"]);
    expect(json().error.message).toContain(`${id} (userId:leo)`);
    expect(json().error.message).toContain("(userId:lea)");
  }
  expect((await server.ask("/api/profiles/lea/consents")).json().proofs).toHaveLength(1);
  expect((await server.ask(`/api/profiles?id=${asked}`)).json().items).toHaveLength(2);
  const { items } = (await server.ask("/api/audit")).json() as { items: { action: string; subject?: object }[] };
  expect(items.filter(({ action }) => action === "person.erase").map(({ subject }) => subject ?? {})).toEqual([{}]);
  // Who has the address alone is found by it.
  await server.batch({ type: "identify", userId: "leo", traits: { email: "leo@example.com" } });
  await server.host.settle();
  expect((await server.ask(`/api/profiles/${asked}/export`)).json()).toMatchObject({
    person: { identities: ["userId:lea"] },
  });
});
