// Guarantees of consent in a running shop: a no counts before it is answered, only the person lifts it, every change is proved.
import { describe, expect, test } from "vitest";
import { DAY_MS, HOUR_MS, type Instant, iso, MINUTE_MS } from "../../shared/domain/instant.ts";
import { changeByCompany } from "../../shared/pipeline/company-consent.ts";
import { changeConsent, consentByPerson } from "../../shared/pipeline/consent-writes.ts";
import { formerHoldersOf, holdersOf } from "../../shared/pipeline/erasure/holders.ts";
import { TransactionCanceled } from "../../shared/pipeline/faults.ts";
import type { Ports } from "../../shared/pipeline/ports.ts";
import { changeAddress, loadAddress } from "../../shared/pipeline/records/address-record.ts";
import { readProofs } from "../../shared/pipeline/records/consent-proof.ts";
import { aConsentShop as aShop, bound, EMAIL } from "../support/consent-shop.ts";
import { START } from "../support/memory-world.ts";
import { states } from "../support/sending.ts";

const NO = { purpose: "marketing", state: "denied", how: "one-click unsubscribe" } as const;
const YES = { purpose: "marketing", state: "granted", how: "preference centre", wording: "p1" } as const;

describe("a person's no", () => {
  test("closes the address the mail went to and the one they have now, and no nightly sync lifts it", async () => {
    const { world, says, becomesLead, later, ofMail, addressOf, marketing } = await aShop();
    await says("shop", { email: "old@example.com", consent: "granted" });
    await becomesLead();
    const mail = await ofMail();
    await says("shop", { email: EMAIL });
    await later(MINUTE_MS);
    expect(await consentByPerson(world.ports, mail, NO)).toBe("changed");
    const saidAt = world.now;
    for (const email of ["old@example.com", EMAIL])
      expect((await addressOf(email)).optOuts).toEqual({ marketing: saidAt });
    for (let night = 1; night <= 5; night++) {
      await later(DAY_MS);
      await says("crm", { email: EMAIL, consent: "granted" });
      await says("import", { consent: { state: "granted", how: "spreadsheet" } });
      await becomesLead();
    }
    expect(await marketing()).toMatchObject({ state: "denied", actor: "person", at: iso(saidAt) });
    expect((await addressOf()).optOuts).toEqual({ marketing: saidAt });
    expect(world.mails()).toHaveLength(1);
    expect(await states(world)).toEqual({ "greet SENT": 1, "greet REFUSED consent-denied": 5 });
  });

  test("said by every mail again changes nothing, and is proved once", async () => {
    const { world, says, becomesLead, later, idOf, ofMail } = await aShop();
    await says("website", { email: EMAIL, consent: "granted" });
    await becomesLead();
    const mail = await ofMail();
    await later(MINUTE_MS);
    const outcomes = [];
    for (let n = 0; n < 3; n++) outcomes.push(await consentByPerson(world.ports, mail, NO));
    await later(MINUTE_MS);
    outcomes.push(await consentByPerson(world.ports, mail, NO));
    expect(outcomes).toEqual(["changed", "unchanged", "unchanged", "unchanged"]);
    expect(await readProofs(world.ports, await idOf())).toHaveLength(2);
  });

  test("stands against their own yes of a moment before that is still under way", async () => {
    for (const apartMs of [0, 5]) {
      const { world, says, becomesLead, later, post, ofMail, addressOf, marketing } = await aShop();
      await says("shop", { email: EMAIL, consent: "granted" });
      await becomesLead();
      await later(MINUTE_MS);
      await post("website", { type: "identify", traits: { consent: { marketing: "granted" } } });
      world.now += apartMs;
      await consentByPerson(world.ports, await ofMail(), NO);
      await later(800);
      expect(await marketing()).toMatchObject({ state: "denied" });
      expect((await addressOf()).optOuts).not.toEqual({});
    }
  });

  test("also closes an address that is taken while it is being stored", async () => {
    const { world, says, becomesLead, ofMail, addressOf } = await aShop();
    await says("shop", { email: EMAIL, consent: "granted" });
    await becomesLead();
    let meanwhile: (() => Promise<void>) | undefined = () => says("shop", { email: "new@example.com" });
    const table: Ports["table"] = {
      ...bound(world.ports.table),
      transact: async (writes) => {
        const first = meanwhile;
        meanwhile = undefined;
        await first?.();
        return world.ports.table.transact(writes);
      },
    };
    await consentByPerson({ ...world.ports, table }, await ofMail(), NO);
    expect((await addressOf("new@example.com")).optOuts).toHaveProperty("marketing");
    await becomesLead();
    expect(world.mails()).toHaveLength(1);
  });

  test("of somebody nobody knows (any more) still closes the address their mail went to", async () => {
    const { world, says, becomesLead, ofMail, addressOf, idOf } = await aShop();
    await says("shop", { email: EMAIL, consent: "granted" });
    await becomesLead();
    const mail = await ofMail();
    await world.ports.table.write({ delete: { pk: `PROFILE#${await idOf()}`, sk: "STATE#PROFILE" } });
    expect(await consentByPerson(world.ports, mail, NO)).toBeUndefined();
    expect((await addressOf()).optOuts).toHaveProperty("marketing");
    expect(await consentByPerson(world.ports, { profileId: "nobody", sendId: "none" }, NO)).toBeUndefined();
    const { items } = await world.table.scan({ segment: 0, segments: 1 });
    expect(items.filter(({ pk }) => pk === "PROFILE#nobody")).toEqual([]);
  });

  test("closes an address that two people share for both; the other one's own yes opens it for that one alone", async () => {
    const { world, says, becomesLead, later, ofMail, addressOf } = await aShop();
    await says("shop", { email: EMAIL, consent: "granted" });
    await says("shop", { user: "ben", email: EMAIL, consent: "granted" });
    await becomesLead();
    await later(MINUTE_MS);
    await consentByPerson(world.ports, await ofMail(), NO);
    await becomesLead("ben");
    expect(await states(world)).toEqual({ "greet SENT": 1, "greet REFUSED opted-out": 1 });
    await later(MINUTE_MS);
    await says("website", { user: "ben", consent: "granted" });
    expect((await addressOf()).optOuts).toEqual({});
    await becomesLead("ben");
    await becomesLead();
    expect(await states(world)).toMatchObject({ "greet SENT": 2, "greet REFUSED consent-denied": 1 });
  });
});

describe("a person's later yes", () => {
  test("on the page of their choices opens consent and address again, and ends a pause", async () => {
    const { pause, world, says, becomesLead, later, ofMail, addressOf } = await aShop();
    await says("shop", { email: EMAIL, consent: "granted" });
    await becomesLead();
    const mail = await ofMail();
    await consentByPerson(world.ports, mail, NO);
    await pause(world.now + 30 * DAY_MS);
    expect(await consentByPerson(world.ports, mail, YES)).toBe("changed");
    expect(await addressOf()).toMatchObject({ optOuts: {}, pauses: {} });
    await later(MINUTE_MS);
    await becomesLead();
    expect(world.mails()).toHaveLength(2);
  });

  test("by a form opens the address in the very transaction, and leaves what the mail provider said", async () => {
    const { world, says, later, addressOf, marketing } = await aShop();
    await says("website", { email: EMAIL, consent: "granted" });
    await says("crm", { consent: "denied" });
    const { key } = await loadAddress(world.ports, EMAIL);
    await changeAddress(world.ports, key, (address) => ({ ...address, suppressions: { bounce: START } }));
    await later(HOUR_MS);
    await says("website", { consent: "granted" });
    expect(await marketing()).toMatchObject({ state: "granted", actor: "person", how: "newsletter form" });
    expect(await addressOf()).toMatchObject({ optOuts: {}, suppressions: { bounce: START } });
  });

  test("does not open the address they had before, nor a new one that somebody closed", async () => {
    const { world, says, later, addressOf } = await aShop();
    await says("website", { email: "old@example.com", consent: "denied" });
    await later(MINUTE_MS);
    await says("shop", { user: "ben", email: EMAIL, consent: "denied" });
    await says("website", { email: "mid@example.com" });
    await later(MINUTE_MS);
    await says("website", { consent: "granted" });
    await says("crm", { email: EMAIL });
    expect((await addressOf("old@example.com")).optOuts).toHaveProperty("marketing");
    expect((await addressOf("mid@example.com")).optOuts).toEqual({});
    expect((await addressOf()).optOuts).toHaveProperty("marketing");
    expect(world.mails()).toEqual([]);
  });

  test("said before an address was taken leaves that one closed, also when both come in one batch", async () => {
    const { world, says, later, post, addressOf } = await aShop();
    await says("shop", { user: "ben", email: EMAIL, consent: "denied" });
    await says("shop", { email: "mid@example.com" });
    await later(MINUTE_MS);
    await post("website", { type: "identify", traits: { consent: { marketing: "granted" } } });
    world.now += 10;
    await post("crm", { type: "identify", traits: { email: EMAIL } });
    await world.settle();
    expect((await addressOf()).optOuts).toHaveProperty("marketing");
  });
});

test("a system's yes opens no address that somebody else closed", async () => {
  const { world, says, later, becomesLead } = await aShop();
  await says("shop", { user: "ben", email: EMAIL, consent: "denied" });
  await later(MINUTE_MS);
  await says("crm", { email: EMAIL, consent: "granted" });
  await becomesLead();
  expect(await states(world)).toEqual({ "greet REFUSED opted-out": 1 });
});

describe("the company", () => {
  test("told of a no closes the address and tells the bus; told of a yes lifts nothing", async () => {
    const { world, says, later, idOf, addressOf, marketing } = await aShop();
    await says("shop", { email: EMAIL, consent: "granted" });
    const id = await idOf();
    const word = (state: "granted" | "denied", at: Instant) =>
      ({ purpose: "marketing", channel: "email", state, at, by: "company/x", actor: "system", how: "letter" }) as const;
    await later(MINUTE_MS);
    expect(await changeByCompany(world.ports, id, word("denied", world.now))).toBe("changed");
    expect((await addressOf()).optOuts).toEqual({ marketing: world.now });
    expect(world.published.at(-1)).toMatchObject({ type: "consent.withdrawn", detail: { profileId: id } });
    await later(MINUTE_MS);
    expect(await changeByCompany(world.ports, id, word("granted", world.now))).toBe("unchanged");
    expect(await marketing()).toMatchObject({ state: "denied", by: "company/x", how: "letter" });
    expect(await changeByCompany(world.ports, "nobody", word("denied", world.now))).toBeUndefined();
  });
});

describe("the proofs", () => {
  test("hold every change, with what it was before, also of words that came in one batch; repeats leave none", async () => {
    const { world, post, later, idOf, ofMail } = await aShop();
    const say = (source: string, word: object | string) =>
      post(source, { type: "identify", traits: { email: EMAIL, consent: { marketing: word } } });
    await say("crm", { state: "granted", how: "trade fair" });
    for (const word of ["denied", "granted", "denied"]) {
      world.now += 10;
      await say("website", word);
    }
    world.now += 10;
    await say("crm", "granted");
    await world.settle();
    await later(DAY_MS);
    await say("website", "denied");
    await world.settle();
    await consentByPerson(world.ports, await ofMail(), YES);
    const proofs = await readProofs(world.ports, await idOf());
    expect(
      proofs.map(({ before, state, actor, source, how, wording }) => [before, state, actor, source, how, wording]),
    ).toEqual([
      [undefined, "granted", "system", "crm", "trade fair", undefined],
      ["granted", "denied", "person", "website", "newsletter form", "2026-01"],
      ["denied", "granted", "person", "website", "newsletter form", "2026-01"],
      ["granted", "denied", "person", "website", "newsletter form", "2026-01"],
      ["denied", "granted", "person", undefined, "preference centre", "p1"],
    ]);
  });

  test("and consent are written together, or neither is", async () => {
    const { world, says, idOf, marketing } = await aShop();
    await says("shop", { email: EMAIL, consent: "granted" });
    const id = await idOf();
    const table: Ports["table"] = {
      ...bound(world.ports.table),
      transact: async (writes) => {
        throw new TransactionCanceled(writes.map(() => "conflict"));
      },
    };
    const said = { ...NO, channel: "email", at: world.now, by: "person/x", actor: "person" } as const;
    await expect(changeConsent({ ...world.ports, table }, id, said)).rejects.toThrow("not applied");
    expect(await marketing()).toMatchObject({ state: "granted" });
    expect(await readProofs(world.ports, id)).toHaveLength(1);
  });
});

test("nothing is written of somebody who is erased while it is being stored", async () => {
  const { world, says, idOf } = await aShop();
  await says("shop", { email: EMAIL });
  const id = await idOf();
  const table: Ports["table"] = {
    ...bound(world.ports.table),
    transact: async (writes) => {
      await world.ports.table.write({ delete: { pk: `PROFILE#${id}`, sk: "STATE#PROFILE" } });
      return world.ports.table.transact(writes);
    },
  };
  expect(await consentByPerson({ ...world.ports, table }, { profileId: id, sendId: "none" }, YES)).toBeUndefined();
  expect(await readProofs(world.ports, id)).toEqual([]);
});

test("who has an address is noted beside it, and moves with it", async () => {
  const { world, says, idOf } = await aShop();
  const holders = (email: string) => holdersOf(world.ports, email);
  await says("shop", { email: "old@example.com" });
  await says("shop", { user: "ben", email: "old@example.com" });
  await says("shop", { email: EMAIL });
  await says("shop", { email: ` ${EMAIL.toUpperCase()} ` });
  expect([await holders("old@example.com"), await holders(EMAIL)]).toEqual([[await idOf("ben")], [await idOf()]]);
  expect(await formerHoldersOf(world.ports, "old@example.com")).toEqual([await idOf()]);
});
