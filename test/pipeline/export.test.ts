// Guarantees of an export: everything that is kept of the person is in it, in words, and nothing of anybody else.
import { describe, expect, test } from "vitest";
import { withOptOut } from "../../shared/domain/address.ts";
import { HOUR_MS, iso } from "../../shared/domain/instant.ts";
import type { JsonObject } from "../../shared/domain/json.ts";
import { auditWrite } from "../../shared/pipeline/audit.ts";
import { addressKey } from "../../shared/pipeline/keys.ts";
import type { Key } from "../../shared/pipeline/ports.ts";
import { changeAddress } from "../../shared/pipeline/records/address-record.ts";
import { exportPerson } from "../../shared/pipeline/views/export.ts";
import { consent, identify, purchase } from "../support/calls.ts";
import { ANNA, erase, shopWithAnna } from "../support/erasing.ts";
import { START } from "../support/memory-world.ts";
import { idOf, itemsOf } from "../support/stored.ts";

describe("exportPerson", () => {
  test("has the traits, consents with proofs, events with decisions, mails with reasons, the address and the acts", async () => {
    const world = await shopWithAnna();
    world.now = START + HOUR_MS;
    await world.post(consent(world.now, { state: "denied" }), purchase(world.now, { order: "second" }));
    await world.settle();
    const id = await idOf(world, "u-1");
    const act = { principal: "privacy/officer", action: "person.export", subject: { profile: id } } as const;
    await world.table.write(auditWrite(world.ports, act));
    const everything = await exportPerson(world.ports, id);
    expect(everything).toMatchObject({
      exportedAt: "2026-03-02T09:00:00.000Z",
      shop: "Atelier Lumen",
      person: { id, identities: ["userId:u-1"], traits: { email: "anna@example.com", firstName: "Anna" } },
      consents: {
        now: [{ purpose: "marketing", state: "denied", actor: "system" }],
        history: [
          { state: "granted", source: "shop" },
          { state: "denied", before: "granted", source: "shop" },
        ],
      },
      address: { email: "anna@example.com", saidNoTo: { marketing: expect.any(String) } },
      acts: [{ principal: "privacy/officer", action: "person.export", outcome: "done" }],
    });
    const { events, mails } = everything as { events: JsonObject[]; mails: JsonObject[] };
    expect(events.map(({ type }) => type)).toContain("purchase.completed");
    expect(JSON.stringify(events)).toContain("canary-note");
    const decisions = events.flatMap((event) => (event["decisions"] as JsonObject[] | undefined) ?? []);
    expect(decisions).toContainEqual({ campaign: "welcome", outcome: "entered", says: "entered" });
    expect(mails[0]).toMatchObject({ campaign: "welcome", state: "SENT", why: "left" });
  });

  test("has every event and every mail that is stored", async () => {
    const world = await shopWithAnna();
    const id = await idOf(world, "u-1");
    const stored = (await itemsOf(world)).filter(({ pk }) => pk === `PROFILE#${id}`);
    const { events, mails } = (await exportPerson(world.ports, id)) as { events: unknown[]; mails: unknown[] };
    const ofKind = (prefix: string) => stored.filter(({ sk }) => sk.startsWith(prefix)).length;
    expect({ events: events.length, mails: mails.length }).toEqual({
      events: ofKind("EVENT#"),
      mails: ofKind("SEND#"),
    });
  });

  test("has the state of earlier addresses, bounces of the person's mails, and acts about the addresses", async () => {
    const world = await shopWithAnna();
    const id = await idOf(world, "u-1");
    const secret = await world.ports.secrets.get("identity");
    const [now, earlier] = ["anna.new@example.com", ANNA.email].map((email) => addressKey(secret, email));
    await world.post(identify(START + HOUR_MS, { id: "moved", traits: { email: "anna.new@example.com" } }));
    await world.settle();
    const sent = (await itemsOf(world)).find(({ pk, sk }) => pk === `PROFILE#${id}` && sk.startsWith("SEND#"));
    const sendId = sent?.sk.slice("SEND#".length) as string;
    const bounces = [sendId, "somebody-elses"].map((one) => ({ sendId: one, at: START }));
    await changeAddress(world.ports, earlier as Key, (address) =>
      withOptOut({ ...address, softBounces: bounces }, "marketing", START),
    );
    for (const { pk } of [now, earlier] as Key[])
      await world.table.write(
        auditWrite(world.ports, { principal: "p/o", action: "address.suppress", subject: { address: pk } }),
      );
    const exported = await exportPerson(world.ports, id);
    expect(exported).toMatchObject({
      address: { email: "anna.new@example.com" },
      earlierAddresses: [{ email: ANNA.email, saidNoTo: { marketing: iso(START) }, softBounces: [{ mail: sendId }] }],
      acts: [{ action: "address.suppress" }, { action: "address.suppress" }],
    });
    expect(JSON.stringify(exported)).not.toContain("somebody-elses");
  });

  test("has nothing of an earlier address that somebody else has now", async () => {
    const world = await shopWithAnna();
    const { email } = ANNA;
    await world.post(
      identify(START + HOUR_MS, { id: "moved", traits: { email: "anna.new@example.com" } }),
      identify(START + HOUR_MS, { id: "came", user: "u-2", traits: { email } }),
    );
    await world.settle();
    expect(await exportPerson(world.ports, await idOf(world, "u-1"))).not.toHaveProperty("earlierAddresses");
  });

  test("tells nothing of anybody else", async () => {
    const world = await shopWithAnna();
    const text = JSON.stringify(await exportPerson(world.ports, await idOf(world, "u-1")));
    expect(text).not.toMatch(/ben|u-2/i);
    expect(text).not.toContain(await idOf(world, "u-2"));
  });

  test("there is none of somebody nobody knows, or who was erased", async () => {
    const world = await shopWithAnna();
    expect(await exportPerson(world.ports, "nobody")).toBeUndefined();
    expect(await exportPerson(world.ports, await erase(world))).toBeUndefined();
  });
});
