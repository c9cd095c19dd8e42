// Proves that killing the server under load loses no accepted event and repeats no mail.
import { describe, expect, test } from "vitest";
import { seededRandom } from "../../shared/adapters/local/seeded-random.ts";
import { DAY_MS, SECOND_MS } from "../../shared/domain/instant.ts";
import { consent, identify, lead, purchase } from "../support/calls.ts";
import { aFolder } from "../support/local-folder.ts";
import { type LocalServer, outboxOf, startLocalServer } from "../support/local-server.ts";

const USERS = 250;
const BATCH = 20;
const SENDERS = 8;

/** 1,000 events, each user's four spread over different batches. */
function load(at: number): object[][] {
  const users = Array.from({ length: USERS }, (_, n) => `u-${n}`);
  const calls = [
    ...users.map((user) => identify(at, { user, traits: { email: `${user}@example.com` } })),
    ...users.map((user) => consent(at + SECOND_MS, { user })),
    ...users.map((user) => lead(at + 2 * SECOND_MS, user)),
    ...users.map((user) => purchase(at + 3 * SECOND_MS, { user })),
  ];
  return Array.from({ length: Math.ceil(calls.length / BATCH) }, (_, index) =>
    calls.slice(index * BATCH, (index + 1) * BATCH),
  );
}

/** Posts batches in parallel, as an SDK does; what was not accepted stays in the list. Kills the server after some answers. */
async function postUntilKilled(server: LocalServer, batches: object[][], killAfter: number): Promise<void> {
  let answered = 0;
  let killed: Promise<void> | undefined;
  const sender = async () => {
    while (killed === undefined && batches.length > 0) {
      const batch = batches.shift() as object[];
      if ((await server.post(batch)) !== 200) return void batches.push(batch);
      if (++answered >= killAfter) killed ??= server.kill();
    }
  };
  await Promise.all(Array.from({ length: SENDERS }, sender));
  await (killed ?? server.kill());
}

describe("kill -9", () => {
  test.each([1, 2, 3])(
    "seed %i: under load, several times: every event is applied once and every mail leaves once",
    async (seed) => {
      const folder = aFolder();
      const random = seededRandom(seed);
      const batches = load(Date.now() - 5 * SECOND_MS);
      for (let kill = 0; kill < 4; kill++) {
        await postUntilKilled(await startLocalServer(folder), batches, 1 + Math.floor(random() * 14));
      }
      const server = await startLocalServer(folder);
      for (const batch of batches) expect(await server.post(batch)).toBe(200);
      await server.clock({ to: new Date(Date.now() + 4 * DAY_MS).toISOString() });
      const { events } = (await server.get("/api/summary")) as { events: { byType: Record<string, number> } };
      expect(events.byType).toEqual({
        "profile.identified": 2 * USERS,
        "lead.created": USERS,
        "purchase.completed": USERS,
      });
      const mails = await outboxOf(server);
      expect(new Set(mails.map(({ sendId }) => sendId)).size).toBe(mails.length);
      expect(mails).toHaveLength(2 * USERS);
      await server.stop();
    },
    120_000,
  );
});
