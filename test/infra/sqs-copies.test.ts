// Guarantees about forgetting on SQS: every message of the person is deleted, every other one stays, and a fault is told.
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { sqsCopies } from "../../shared/adapters/aws/sqs-copies.ts";
import { fakeAws, type Reply, type Seen } from "./fake-aws.ts";

const URLS = [
  "https://sqs.eu-west-3.amazonaws.com/111122223333/dead",
  "https://sqs.eu-west-3.amazonaws.com/111122223333/rejected",
];
const isAnna = (body: unknown) => JSON.stringify(body).includes("anna");

/** As SQS hands it out: the client checks the digest. */
function message(Body: string, { id, handle }: { id: string; handle: string }) {
  return { MessageId: id, ReceiptHandle: handle, Body, MD5OfBody: createHash("md5").update(Body).digest("hex") };
}

/** Queues whose messages are handed out ten at a time, and again once all were seen, as after their time out of sight. */
function queues(held: Record<string, string[]>): (seen: Seen) => Reply {
  const places = new Map<string, number>();
  return ({ target, body }) => {
    const url = String(body["QueueUrl"]);
    const bodies = held[url] ?? [];
    if (target.endsWith("DeleteMessage")) return { body: {} };
    if (target.endsWith("ChangeMessageVisibilityBatch")) return { body: { Successful: [], Failed: [] } };
    const from = places.get(url) ?? 0;
    places.set(url, from + 10);
    const Messages = bodies
      .slice(from, from + 10)
      .map((Body, n) => message(Body, { id: `${from + n}`, handle: `${url}#${from + n}` }));
    return { body: Messages.length === 0 ? {} : { Messages } };
  };
}

test("deletes what is of the person in every queue, also what is no JSON, and nothing else", async () => {
  const dead = Array.from({ length: 23 }, (_, n) => JSON.stringify({ userId: n === 17 ? "anna" : `u-${n}` }));
  const { clients, seen } = await fakeAws(
    queues({ [URLS[0] as string]: dead, [URLS[1] as string]: ["{ anna", "{ ben"] }),
  );
  expect(await sqsCopies({ client: clients.queues, urls: URLS }).forget(isAnna)).toBe(2);
  const deleted = seen
    .filter(({ target }) => target.endsWith("DeleteMessage"))
    .map(({ body }) => body["ReceiptHandle"]);
  expect(deleted.sort()).toEqual([`${URLS[0]}#17`, `${URLS[1]}#0`]);
});

test("puts back what stays, so that the next look sees it, and not what is deleted", async () => {
  const url = URLS[0] as string;
  const dead = Array.from({ length: 23 }, (_, n) => JSON.stringify({ userId: n === 17 ? "anna" : `u-${n}` }));
  const { clients, seen } = await fakeAws(queues({ [url]: dead }));
  await sqsCopies({ client: clients.queues, urls: [url] }).forget(isAnna);
  const changes = seen.filter(({ target }) => target.endsWith("ChangeMessageVisibilityBatch"));
  const entries = changes.flatMap(
    ({ body }) => body["Entries"] as { ReceiptHandle: string; VisibilityTimeout: number }[],
  );
  const kept = dead.flatMap((_, n) => (n === 17 ? [] : [{ handle: `${url}#${n}`, hidden: 0 }]));
  expect(
    entries.map(({ ReceiptHandle, VisibilityTimeout }) => ({ handle: ReceiptHandle, hidden: VisibilityTimeout })),
  ).toEqual(kept);
  expect(seen.at(-1)).toBe(changes.at(-1));
});

test("what is not put back is a fault, so that the next look waits", async () => {
  const dead = { [URLS[0] as string]: ["{}"] };
  const { clients } = await fakeAws((request) =>
    request.target.endsWith("ChangeMessageVisibilityBatch")
      ? { body: { Successful: [], Failed: [{ Id: "0", Code: "InternalError", SenderFault: false }] } }
      : queues(dead)(request),
  );
  const copies = sqsCopies({ client: clients.queues, urls: [URLS[0] as string] });
  await expect(copies.forget(isAnna)).rejects.toMatchObject({ code: "unavailable" });
});

test("a queue that goes on handing out what was seen is left after a while", async () => {
  const same = { Messages: [message('{"userId":"u-1"}', { id: "1", handle: "1" })] };
  const { clients, seen } = await fakeAws(() => ({ body: same }));
  expect(await sqsCopies({ client: clients.queues, urls: [URLS[0] as string] }).forget(isAnna)).toBe(0);
  expect(seen.filter(({ target }) => target.endsWith("ReceiveMessage"))).toHaveLength(3);
});

test("a queue that is out of reach is a fault that may pass", async () => {
  const { clients } = await fakeAws(() => ({ status: 503, error: "ServiceUnavailable" }));
  const copies = sqsCopies({ client: clients.queues, urls: URLS });
  await expect(copies.forget(isAnna)).rejects.toMatchObject({ code: "unavailable", retryable: true });
});
