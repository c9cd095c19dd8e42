// Guarantees of an erasure: from the first moment nothing goes on, at the end nothing is left, and nothing brings it back.
import { describe, expect, test } from "vitest";
import { DAY_MS, HOUR_MS } from "../../shared/domain/instant.ts";
import { eraseAddress, erasePerson } from "../../shared/pipeline/erasure/erase.ts";
import { takeFeedback } from "../../shared/pipeline/feedback.ts";
import { findProfile } from "../../shared/pipeline/identity.ts";
import { importPage } from "../../shared/pipeline/import-page.ts";
import { startNightly } from "../../shared/pipeline/jobs/nights.ts";
import { loadAddress } from "../../shared/pipeline/records/address-record.ts";
import { readState } from "../../shared/pipeline/records/state.ts";
import { tick } from "../../shared/pipeline/tick.ts";
import { profileView, timelineView } from "../../shared/pipeline/views/timeline.ts";
import { consent, identify, lead, purchase } from "../support/calls.ts";
import { ANNA, erase, postByForm, shopWithAnna, tracesOf } from "../support/erasing.ts";
import { START } from "../support/memory-world.ts";
import { idOf, itemsOf, jobOf } from "../support/stored.ts";

describe("erasePerson", () => {
  test("nothing is left of the person, and everything of the others", async () => {
    const world = await shopWithAnna();
    const before = await tracesOf(world, await idOf(world, "u-1"));
    expect(before.length).toBeGreaterThan(10);
    const ben = await timelineView(world.ports, await idOf(world, "u-2"));
    const profileId = await erase(world);
    expect(await tracesOf(world, profileId)).toEqual([]);
    expect(await timelineView(world.ports, await idOf(world, "u-2"))).toEqual(ben);
    expect(world.mails()).toEqual(["ben@example.com: Welcome Ben, the lights are on"]);
  });

  test("before it returns the profile is gone and the address closed", async () => {
    const world = await shopWithAnna();
    const profileId = await idOf(world, "u-1");
    const erased = await erasePerson(world.ports, profileId, { by: "operator" });
    expect(erased).toEqual({ profileId, erasedAt: world.now, jobId: `erasure#${profileId}`, wasErased: false });
    expect(await profileView(world.ports, profileId)).toBeUndefined();
    expect(await findProfile(world.ports, "u-1")).toBeUndefined();
    expect((await loadAddress(world.ports, ANNA.email)).address.suppressions).toEqual({ erasure: world.now });
  });

  test("the address an order went to, and every earlier one, is closed", async () => {
    const world = await shopWithAnna();
    await world.post(identify(START + HOUR_MS, { traits: { ...ANNA, email: "anna.new@example.com" } }));
    await world.advanceTo(START + 2 * HOUR_MS);
    const profileId = await erase(world);
    for (const email of [ANNA.email, "anna.new@example.com"]) {
      const { address } = await loadAddress(world.ports, email);
      expect(address).toMatchObject({ suppressions: { erasure: world.now }, claims: [], waiting: [], softBounces: [] });
    }
    expect(await tracesOf(world, profileId)).toEqual([]);
  });

  test("waits, wake-ups and sends of the person never come round", async () => {
    const world = await shopWithAnna();
    await erase(world);
    await world.advanceTo(START + 400 * DAY_MS);
    expect(world.mails().filter((mail) => mail.startsWith("anna"))).toEqual([]);
    expect((await itemsOf(world)).filter(({ duePk }) => duePk?.startsWith("DUE#SEND"))).toEqual([]);
  });

  test("twice comes to the same as once", async () => {
    const world = await shopWithAnna();
    const profileId = await erase(world);
    const erasedAt = world.now;
    const tombstone = await readState(world.ports, profileId);
    world.now += HOUR_MS;
    const again = await erasePerson(world.ports, profileId, { by: "operator" });
    expect(again).toMatchObject({ wasErased: true, erasedAt });
    expect(await readState(world.ports, profileId)).toEqual(tombstone);
  });

  test("nobody is erased by an id that nobody has", async () => {
    const world = await shopWithAnna();
    const before = await itemsOf(world);
    expect(await erasePerson(world.ports, "nobody", { by: "operator" })).toBeUndefined();
    expect(await itemsOf(world)).toEqual(before);
  });

  test("the job tells how far it is, looks once more a little later, and ends", async () => {
    const world = await shopWithAnna();
    const profileId = await erase(world);
    const first = await jobOf(world, `erasure#${profileId}`);
    expect(first).toMatchObject({ state: "waiting" });
    await world.advanceTo(START + HOUR_MS);
    const last = await jobOf(world, `erasure#${profileId}`);
    expect(last).toMatchObject({ state: "done", progress: 1 });
    expect(last?.counts["done"]).toBeGreaterThan(10);
  });

  test("other jobs do not wait behind many erasures", async () => {
    const world = await shopWithAnna();
    const users = Array.from({ length: 30 }, (_, n) => `p-${n}`);
    await world.post(...users.map((user) => lead(START, user)));
    await world.settle();
    for (const user of users) await erasePerson(world.ports, await idOf(world, user), { by: "retention" });
    world.now += 1;
    await startNightly(world.ports, world.now);
    await tick(world.ports);
    const handedOut = world.queued.jobs.map(({ body }) => (body as { job: { id: string } }).job.id);
    expect(handedOut.filter((id) => id.startsWith("erasure#"))).toHaveLength(30);
    expect(handedOut).toContain("nightly");
    // What a retention erased leaves no job behind.
    await world.advanceTo(START + HOUR_MS);
    expect((await itemsOf(world)).filter(({ pk }) => pk.startsWith("JOB#erasure#"))).toEqual([]);
  });

  test("the tombstone keeps keyed hashes alone, and is in no list", async () => {
    const world = await shopWithAnna();
    const profileId = await erase(world);
    const item = (await itemsOf(world)).find(({ sk, pk }) => sk === "STATE#PROFILE" && pk.endsWith(profileId));
    expect(Object.keys(item ?? {}).sort()).toEqual(
      ["addresses", "by", "erasedAt", "identities", "pk", "schema", "sk", "version"].sort(),
    );
    expect(item).toMatchObject({ by: "person", erasedAt: world.now });
    expect((await world.ports.erasures.list()).items).toMatchObject([{ profileId, by: "person" }]);
  });
});

describe("eraseAddress", () => {
  test("everybody who has the address is erased, and it is closed", async () => {
    const world = await shopWithAnna();
    await world.post(identify(START + 1, { user: "u-3", traits: ANNA }));
    await world.settle();
    const ids = [await idOf(world, "u-1"), await idOf(world, "u-3")];
    const erased = await eraseAddress(world.ports, " Anna@Example.com ", { by: "operator" });
    expect(erased?.map(({ profileId }) => profileId).sort()).toEqual(ids.sort());
    await world.advanceTo(world.now);
    expect(await tracesOf(world, ids[0] as string)).toEqual([]);
  });

  test("an address that nobody has is closed for whoever brings it later", async () => {
    const world = await shopWithAnna();
    expect(await eraseAddress(world.ports, "carla@example.com", { by: "operator" })).toEqual([]);
    await world.post(
      identify(START, { user: "u-4", traits: { email: "carla@example.com" } }),
      consent(START, { user: "u-4" }),
      lead(START, "u-4"),
    );
    await world.settle();
    expect(world.mails().filter((mail) => mail.startsWith("carla"))).toEqual([]);
  });

  test("a text that is no address is said to be none", async () => {
    const world = await shopWithAnna();
    expect(await eraseAddress(world.ports, "anna", { by: "operator" })).toBeUndefined();
  });
});

describe("an erased person", () => {
  test("what comes afterwards is dropped: events, a nightly CRM sync, an import; and never put aside", async () => {
    const world = await shopWithAnna();
    const profileId = await erase(world);
    world.now = START + HOUR_MS;
    await world.post(identify(world.now, { traits: ANNA }), consent(world.now), lead(world.now), purchase(world.now));
    const imported = await importPage(
      world.ports,
      [
        {
          type: "purchase.completed",
          userId: "u-1",
          occurredAt: "2025-01-01T00:00:00Z",
          properties: { amount: { amount: 100, currency: "EUR" } },
        },
      ],
      { source: "orders", trigger: false },
    );
    await world.advanceTo(START + 2 * HOUR_MS);
    expect(imported).toMatchObject({ applied: 0, rejected: [], erased: [0] });
    expect(world.queued.rejected).toEqual([]);
    expect(await tracesOf(world, profileId)).toEqual([]);
    expect(await findProfile(world.ports, "u-1")).toBeUndefined();
  });

  test("an event that waits in the queue meanwhile is dropped", async () => {
    const world = await shopWithAnna();
    await world.post(lead(START + 5), identify(START + 5, { traits: ANNA }));
    const profileId = await erase(world);
    await world.settle();
    expect(await tracesOf(world, profileId)).toEqual([]);
  });

  test("comes back by an own act on a form: somebody new, of whom nothing earlier is known", async () => {
    const world = await shopWithAnna();
    const old = await erase(world);
    world.now = START + DAY_MS;
    await postByForm(world, {
      ...identify(world.now, { traits: { ...ANNA, consent: { marketing: "granted" } } }),
      messageId: "back",
    });
    await world.settle();
    world.now += HOUR_MS;
    // The CRM goes on as if nothing had been: what is new counts again, what was before does not.
    await world.post(lead(START - HOUR_MS), purchase(START - DAY_MS, { order: "old" }), {
      ...lead(world.now),
      messageId: "new",
    });
    await world.advanceTo(world.now);
    const back = await findProfile(world.ports, "u-1");
    expect(back).not.toBe(old);
    const view = await profileView(world.ports, back as string);
    expect(view).toMatchObject({ consents: { marketing: { state: "granted" } } });
    expect(Object.keys(view?.activity ?? {}).sort()).toEqual(["lead.created", "profile.identified"]);
    expect(view?.activity["lead.created"]).toMatchObject({ count: 1 });
    expect(view).not.toHaveProperty("suppressions");
    expect(world.mails().filter((mail) => mail.startsWith("anna"))).toHaveLength(1);
    // The last look of the old erasure leaves the new person alone.
    await world.advanceTo(world.now + HOUR_MS);
    expect(await profileView(world.ports, back as string)).toMatchObject({ traits: { firstName: "Anna" } });
  });

  test.each([
    ["a form's word from before the erasure", START - HOUR_MS, { marketing: "granted" }],
    ["a no on a form", START + DAY_MS, { marketing: "denied" }],
  ])("does not come back by %s", async (_, at, said) => {
    const world = await shopWithAnna();
    const profileId = await erase(world);
    world.now = START + DAY_MS;
    await postByForm(world, { ...identify(at, { traits: { ...ANNA, consent: said } }), messageId: "back" });
    await world.settle();
    expect(await findProfile(world.ports, "u-1")).toBeUndefined();
    expect(await tracesOf(world, profileId)).toEqual([]);
  });

  test("feedback on a mail of theirs closes the address and leaves no other trace", async () => {
    const world = await shopWithAnna();
    const mail = world.mailer.accepted[0];
    const profileId = await erase(world);
    const at = "2026-03-02T09:00:00.000Z";
    const body = {
      eventType: "Bounce",
      bounce: {
        bounceType: "Permanent",
        bounceSubType: "General",
        timestamp: at,
        bouncedRecipients: [{ emailAddress: ANNA.email }],
      },
      mail: {
        timestamp: at,
        messageId: "m-1",
        destination: [ANNA.email],
        tags: { sid: [mail?.tags["sid"] ?? ""], pid: [profileId] },
      },
    };
    expect(await takeFeedback(world.ports, [{ id: "1", body, receiveCount: 1 }])).toEqual([]);
    expect((await loadAddress(world.ports, ANNA.email)).address.suppressions).toHaveProperty("bounce");
    expect(await tracesOf(world, profileId)).toEqual([]);
  });
});
