// Guarantees about logs: nothing that tells who a person is, whatever goes through the server and whatever goes wrong.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { openHost } from "../../cli/host/host.ts";
import { serve } from "../../cli/host/http-server.ts";
import { onAws } from "../../functions/on-aws.ts";
import { powertoolsLog } from "../../shared/adapters/aws/powertools-log.ts";
import { simulatedMailboxes } from "../../shared/adapters/local/ses-feedback.ts";
import { roles } from "../../shared/domain/roles.ts";
import { apiRoutes } from "../../shared/pipeline/api-rights.ts";
import { publish } from "../../shared/pipeline/catalogue-store.ts";
import { errorText } from "../../shared/pipeline/error-text.ts";
import { Fault, MailRefused, Unavailable } from "../../shared/pipeline/faults.ts";
import type { QueueName } from "../../shared/pipeline/ports.ts";
import { identify, lead, purchase } from "../support/calls.ts";
import { aFolder } from "../support/local-folder.ts";
import { shippedDefinitions } from "../support/shipped.ts";
import { smallShopDefinitions } from "../support/small-shop.ts";
import { basicAuth, START, WRITE_KEY } from "../support/test-server.ts";

/** Every personal thing below has this in it, in one way of writing or another. */
const CANARY = /siskin|c2lza2lu|U2lza2lu|7369736b696e/i;
const EMAIL = "siskin@siskin.example";
const HOSTILE = "Siskina <siskin@siskin.example>\n    at siskin (siskin.ts:1:1)\u0000\u202e{{siskin}}'\"><script>";
const QUEUES: QueueName[] = ["events", "sends", "feedback", "jobs", "rejected"];

/** Everything this process writes while the test runs, and the log lines told through both log adapters. */
async function aWatchedServer() {
  const written: string[] = [];
  const catchAll = (chunk: unknown) => {
    written.push(typeof chunk === "string" ? chunk : Buffer.from(chunk as Uint8Array).toString("utf8"));
    return true;
  };
  for (const stream of [process.stdout, process.stderr]) {
    const spy = vi.spyOn(stream, "write").mockImplementation(catchAll as never);
    onTestFinished(() => spy.mockRestore());
  }
  for (const level of ["log", "info", "warn", "error", "debug"] as const) {
    const spy = vi
      .spyOn(console, level)
      .mockImplementation((...parts) => void written.push(parts.map(String).join(" ")));
    onTestFinished(() => spy.mockRestore());
  }
  const host = await openHost({
    folder: aFolder(),
    publicUrl: "http://127.0.0.1:1",
    writeKey: WRITE_KEY,
    logLevel: "info",
  });
  onTestFinished(() => host.close());
  const { ports } = host.data;
  const onLambda = powertoolsLog({ serviceName: "api" });
  for (const level of ["info", "warn", "error"] as const) {
    const local = ports.log[level].bind(ports.log);
    ports.log[level] = (message, fields) => {
      local(message, fields);
      onLambda[level](message, fields);
    };
  }
  host.data.clock.startAt(START);
  host.data.clock.freeze();
  await publish(ports, await smallShopDefinitions());
  const server = await serve(host, { port: 0 });
  onTestFinished(() => server.close());
  // Through both adapters: what is not caught at all cannot be looked through.
  ports.log.info("watching");
  expect(written.filter((line) => line.includes('"watching"'))).toHaveLength(2);
  const ask = async (path: string, init: RequestInit = {}) => {
    const answer = await fetch(`http://127.0.0.1:${server.port}${path}`, { redirect: "manual", ...init });
    await answer.arrayBuffer();
    return answer.status;
  };
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    ask(path, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
  return { host, ports, written, ask, post };
}

type Watched = Awaited<ReturnType<typeof aWatchedServer>>;

const batch = ({ post }: Watched, ...calls: object[]) => post("/v1/batch", { batch: calls }, basicAuth(WRITE_KEY));

const secretsOf = async ({ ports }: Watched) => [
  WRITE_KEY,
  await ports.secrets.get("identity"),
  ...(await ports.secrets.get("link")).split(" "),
];

/** `least`: how many lines there are besides. */
async function expectNothingSaid(watched: Watched, least = 0) {
  const said = watched.written.filter((line) => line.includes('"message"'));
  expect(said.length).toBeGreaterThanOrEqual(2 + least);
  const found = watched.written.filter((line) => CANARY.test(line));
  expect(found).toEqual([]);
  for (const secret of await secretsOf(watched)) expect(watched.written.join("\n")).not.toContain(secret);
}

/** People whose mails meet every fate that the simulator plays, with names that are hostile wherever they are shown. */
async function aShopFullOfPeople(watched: Watched): Promise<string[]> {
  const users = simulatedMailboxes.map(({ start }) => `siskin-${start}`);
  for (const [index, user] of users.entries()) {
    const { start } = simulatedMailboxes[index] as { start: string };
    const traits = {
      email: `${start}-siskin@siskin.example`,
      firstName: HOSTILE,
      note: "siskin text",
      consent: { marketing: "granted" },
    };
    await batch(
      watched,
      identify(START, { user, traits }),
      lead(START, user),
      purchase(START, { user, order: `siskin-${start}` }),
    );
  }
  await watched.host.settle();
  const { clock } = watched.host.data;
  await watched.host.advanceTo(clock.now() + 3 * 86_400_000);
  // Passing time has let it run; a pause would wait for it.
  clock.freeze();
  return users;
}

const BAD_CALLS: object[] = [
  { type: "identify", userId: "siskin", traits: { email: "siskin at siskin", birthday: "siskin", country: "siskin" } },
  { type: "identify", userId: { siskin: 1 }, traits: [EMAIL] },
  { type: "track", userId: "siskin", event: HOSTILE, timestamp: "siskin" },
  { type: "track", event: "Order Completed", userId: "siskin", properties: { total: "siskin", products: "siskin" } },
  { type: "siskin", userId: "siskin" },
  { type: "track", event: "lead.created", userId: "siskin".repeat(500) },
  { type: "identify", userId: "siskin", traits: { consent: { marketing: "siskin" }, timezone: "Siskin/Siskin" } },
  { type: "identify", userId: "siskin", traits: { bio: "siskin ".repeat(8_000) } },
];

test("a shop in its ordinary life, with everything that may happen to a mail", async () => {
  const watched = await aWatchedServer();
  await aShopFullOfPeople(watched);
  expect(watched.host.data.outbox.count()).toBeGreaterThan(simulatedMailboxes.length / 2);
  await expectNothingSaid(watched);
});

test("every link of the mails, and every button behind them, down to the erasure", async () => {
  const watched = await aWatchedServer();
  await aShopFullOfPeople(watched);
  const { outbox, clock } = watched.host.data;
  const links = new Set<string>();
  for (const { html, text } of outbox.list({ limit: 100 }).items)
    for (const [, path = ""] of `${html} ${text}`.matchAll(/127\.0\.0\.1:1(\/[upc]\/[\w.-]+)/g)) links.add(path);
  const acts = [
    { action: "siskin" },
    { action: "pause", days: "30", email: EMAIL },
    { action: "resume" },
    { action: "refuse", purpose: "marketing", how: HOSTILE },
    { action: "agree", purpose: "marketing" },
    { action: "agree", purpose: "siskin" },
    { action: "confirm" },
    { action: "export" },
    { action: "erase", confirm: "yes" },
    { action: "export" },
  ];
  const headers = { "user-agent": "siskin", "accept-language": "siskin" };
  const statuses: number[] = [];
  for (const link of [...links].toSorted()) {
    statuses.push(await watched.ask(link, { headers }), await watched.ask(link, { method: "HEAD", headers }));
    const forms = link.startsWith("/p/") ? acts : link.startsWith("/u/") ? [{ "List-Unsubscribe": "One-Click" }] : [];
    for (const form of forms)
      statuses.push(await watched.ask(link, { method: "POST", headers, body: new URLSearchParams(form as never) }));
  }
  expect([...new Set(statuses)].sort()).toEqual([200, 302, 303, 400]);
  await watched.host.settle();
  await watched.host.advanceTo(clock.now() + 86_400_000);
  await expectNothingSaid(watched);
});

test("a link that is asked for by the page of another one, and what it opens", async () => {
  const watched = await aWatchedServer();
  const { host, ports, ask } = watched;
  await publish(ports, await shippedDefinitions());
  await batch(watched, identify(START, { traits: { email: EMAIL, consent: { marketing: "granted" } } }), lead(START));
  await host.settle();
  const press = (fields: Record<string, string>) => {
    const { text = "" } = host.data.outbox.list({ limit: 100 }).items.at(-1) ?? {};
    const path = /127\.0\.0\.1:1(\/p\/[\w.-]+)/.exec(text)?.[1] ?? "";
    return ask(path, { method: "POST", body: new URLSearchParams(fields) });
  };
  const statuses = [await press({ action: "export" }), await press({ action: "confirm" })];
  await host.settle();
  for (const fields of [{ action: "export" }, { action: "erase", confirm: "yes" }]) statuses.push(await press(fields));
  await host.settle();
  expect(statuses).toEqual([403, 303, 200, 303]);
  await expectNothingSaid(watched);
});

test("input that does not fit, at every door", async () => {
  const watched = await aWatchedServer();
  const { post, ask, host, ports } = watched;
  for (const call of BAD_CALLS) await batch(watched, call);
  await post("/v1/batch", `{"batch": siskin ${EMAIL}`, basicAuth(WRITE_KEY));
  await post("/v1/track", { event: "siskin" }, basicAuth(`siskin-${EMAIL}`));
  const detail = JSON.stringify({ userId: "siskin", traits: { email: EMAIL } });
  const target = { "x-amz-target": "AWSEvents.PutEvents" };
  for (const Detail of [detail, "siskin", `{"siskin": ${EMAIL}`])
    await post("/", { Entries: [{ Source: "siskin", DetailType: HOSTILE, Detail }] }, target);
  await post("/", `siskin ${EMAIL}`, target);
  for (const queue of QUEUES) {
    const bodies = [
      EMAIL,
      { siskin: EMAIL },
      { send: { id: EMAIL, profileId: "siskin", version: 1 } },
      { job: { id: EMAIL } },
    ];
    const sns = { Type: "Notification", Message: `{"eventType":"Bounce","mail":{"destination":["${EMAIL}"]}` };
    await ports.queues[queue].send([...bodies, sns, { ...sns, Message: EMAIL }].map((body) => ({ body })));
  }
  await host.settle();
  for (const path of ["/u/", "/p/", "/c/"]) {
    await ask(`${path}siskin.${Buffer.from(EMAIL).toString("base64url")}.siskin`, {
      headers: { "user-agent": "siskin" },
    });
    await ask(`${path}${encodeURIComponent(EMAIL)}`, { method: "POST", body: new URLSearchParams({ email: EMAIL }) });
  }
  await ask("/p", { method: "POST", body: new URLSearchParams({ email: EMAIL }) });
  await host.settle();
  await expectNothingSaid(watched);
});

test("every route of the admin api, with people in the path, the query and the body", async () => {
  const watched = await aWatchedServer();
  const [user = ""] = await aShopFullOfPeople(watched);
  const said = { email: EMAIL, reason: HOSTILE, by: EMAIL, note: EMAIL, how: HOSTILE, userId: user, source: EMAIL };
  const bodies = [
    said,
    { reason: HOSTILE },
    { ...said, type: "track", event: HOSTILE },
    { purpose: "marketing", state: "denied", how: HOSTILE },
    "siskin",
  ];
  for (const key of Object.keys(apiRoutes)) {
    const [method = "", template = ""] = key.split(" ");
    for (const id of [user, EMAIL, "Siskina%0asiskin"]) {
      const path = `${template.replace(/\{\w+\}/, encodeURIComponent(id))}`;
      if (method === "GET")
        await watched.ask(`${path}?id=${user}&campaign=siskin&state=siskin&next=siskin&since=siskin`);
      else for (const body of bodies) await watched.post(path, body);
      await watched.ask(path, {
        method,
        headers: { "x-relance-role": roles[0] as string, "content-type": "application/json" },
      });
    }
  }
  await watched.host.settle();
  await expectNothingSaid(watched, 1);
});

/** What a fault of the world may say of itself: the worst of it quotes what it was given. */
const faults: Record<string, () => unknown> = {
  "an error that quotes its input": () => new SyntaxError(`Unexpected token 'c', "${HOSTILE}" is not valid JSON`),
  "an error with a hostile name of lines": () => Object.assign(new Error(HOSTILE), { cause: new Error(EMAIL) }),
  "a fault with a cause": () => new Unavailable("The table", { cause: new Error(`item ${EMAIL}`) }),
  "no error at all": () => `siskin ${EMAIL}`,
};

describe("when the world fails:", () => {
  test.each(Object.keys(faults))("%s, in the table, the bus, a queue and the mailer", async (name) => {
    const watched = await aWatchedServer();
    const { host, ports, post, ask } = watched;
    const fail = async () => {
      throw (faults[name] as () => unknown)();
    };
    await batch(
      watched,
      identify(START, { user: "siskin", traits: { email: EMAIL, consent: { marketing: "granted" } } }),
    );
    await host.settle();
    const broken: [object, string][] = [
      [ports.mailer, "send"],
      [ports.mailer, "quota"],
      [ports.bus, "publish"],
      [ports.queues.sends, "send"],
      [ports.table, "transact"],
      [ports.table, "write"],
      [ports.table, "query"],
      [ports.table, "get"],
    ];
    for (const [port, call] of broken) {
      await batch(watched, identify(START, { user: `siskin-${call}` }), lead(START, `siskin-${call}`));
      Object.assign(port, { [call]: fail });
      for (let round = 0; round < 2; round++) {
        await host.settle();
        host.data.clock.jumpTo(host.data.clock.now() + 700_000);
      }
      await ask("/api/profiles/siskin");
      await post("/api/suppressions", { email: EMAIL });
      await post("/api/account/pause", { reason: HOSTILE });
      delete (port as Record<string, unknown>)[call];
    }
    await expectNothingSaid(watched, 5);
  });

  test("a mailer that refuses with the address in its words", async () => {
    const watched = await aWatchedServer();
    const { host, ports } = watched;
    const refusals = [
      new MailRefused("rejected", "SES: MessageRejected", { cause: new Error(`not verified: ${EMAIL}`) }),
      new Error(`socket hang up while sending to ${EMAIL}`),
    ];
    for (const [index, refusal] of refusals.entries()) {
      ports.mailer.send = () => Promise.reject(refusal);
      const user = `siskin-${index}`;
      const traits = { email: `siskin${index}@siskin.example`, consent: { marketing: "granted" } };
      await batch(watched, identify(START, { user, traits }), lead(START, user));
      await host.settle();
    }
    await expectNothingSaid(watched, 1);
  });
});

describe("an error", () => {
  test("is told by its name and its place, a fault by its words", () => {
    const thrown = (() => {
      try {
        return JSON.parse(`${EMAIL} {`);
      } catch (error) {
        return error;
      }
    })();
    expect(String(thrown)).toMatch(CANARY);
    expect(errorText(thrown)).toMatch(/^SyntaxError\n(?:\s+at .*\n)*?\s+at .*canary-logs\.test\.ts:\d+:\d+/);
    expect(errorText(thrown)).not.toMatch(CANARY);
    const fault = new Fault("bad_thing", "The thing is bad.", { retryable: true, cause: thrown });
    expect(errorText(fault)).toBe("bad_thing: The thing is bad. (SyntaxError)");
    expect(errorText(EMAIL)).toBe("a string was thrown");
  });

  test("that leaves a function on Lambda has lost its words", async () => {
    const handler = onAws(() => () => Promise.reject(new TypeError(HOSTILE)));
    vi.stubEnv("AWS_REGION", "eu-west-1");
    onTestFinished(() => vi.unstubAllEnvs() as never);
    const error = await handler({}, {}).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect(`${(error as Error).message}${(error as Error).stack}`).not.toMatch(CANARY);
    expect((error as Error).message).toBe("TypeError");
  });
});

const root = fileURLToPath(new URL("../..", import.meta.url));

test("no log call of the source writes an error's own words, a body, an address or a name", () => {
  const calls = ["shared", "functions", "cli"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".ts"))
      .flatMap((path) => {
        const source = readFileSync(join(root, folder, path), "utf8");
        return [...source.matchAll(/\blog\.(?:info|warn|error)\([^;]*?\)[;)]/gs)].map(
          ([call]) => `${folder}/${path}: ${call}`,
        );
      }),
  );
  expect(calls.length).toBeGreaterThan(25);
  const wrong = calls.filter((call) =>
    /\.message\b|\.stack\b|String\(error\)|\bbody\b|\bemail\b|\btraits\b|\bproperties\b|\bprincipal\b/.test(call),
  );
  expect(wrong).toEqual([]);
});
