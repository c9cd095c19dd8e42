// Guarantees of choices by links: in force before they are answered, told once, true about the past, and no mail claims an
// agreement that nobody gave.
import { describe, expect, test } from "vitest";
import type { Definition } from "../../shared/domain/definition.ts";
import { DAY_MS } from "../../shared/domain/instant.ts";
import type { JsonObject } from "../../shared/domain/json.ts";
import { signLink } from "../../shared/domain/link-token.ts";
import { whyWords } from "../../shared/domain/why-words.ts";
import { erasePerson } from "../../shared/pipeline/erasure/erase.ts";
import { Unavailable } from "../../shared/pipeline/faults.ts";
import { openCentre } from "../../shared/pipeline/open-preferences.ts";
import { choose, openPreferences, unsubscribe } from "../../shared/pipeline/preferences.ts";
import { loadAddress } from "../../shared/pipeline/records/address-record.ts";
import { consent, identify, lead } from "../support/calls.ts";
import { MemoryWorld, START } from "../support/memory-world.ts";
import { smallShopDefinitions } from "../support/small-shop.ts";

/** The small shop with other settings, and campaigns beside its own. */
async function aShop(settings: JsonObject = {}, more: Definition[] = []): Promise<MemoryWorld> {
  const definitions = (await smallShopDefinitions()).map((one) =>
    one.kind === "settings" ? { ...one, body: { ...one.body, ...settings } } : one,
  );
  return MemoryWorld.open([...definitions, ...more]);
}

/** A campaign that anybody may enter again and again. */
const aCampaign = (body: JsonObject & { campaign: string }) =>
  ({
    kind: "campaign",
    id: body.campaign,
    body: { reentry: "always", ...body },
    file: "campaigns/x.yaml",
    lines: {},
  }) as Definition;

/** A lead who got the welcome mail, with its links. */
async function welcomed(world: MemoryWorld, said: "granted" | "nothing" = "granted") {
  await world.post(identify(START), ...(said === "granted" ? [consent(START)] : []), lead(START));
  await world.settle();
  const mail = world.mailer.accepted[0];
  const token = (path: string) => new RegExp(`/${path}/([\\w.-]+)`).exec(mail?.text ?? "")?.[1] as string;
  const page = await openPreferences(world.ports, token("u"));
  return { mail, p: token("p"), link: page?.link as NonNullable<typeof page>["link"] };
}

const toldBy = (world: MemoryWorld) =>
  world.published.filter(({ type }) => /^(consent|email)\./.test(type)).map(({ type }) => type);

describe("an unsubscribe", () => {
  test("is told once, as a word on consent and as what became of the mail", async () => {
    const world = await aShop();
    const { link, mail } = await welcomed(world);
    await unsubscribe(world.ports, link);
    world.now += 1_000;
    await unsubscribe(world.ports, link);
    expect(toldBy(world)).toEqual(["consent.granted", "consent.withdrawn", "email.unsubscribed"]);
    const told = world.published.find(({ type }) => type === "email.unsubscribed")?.detail["properties"];
    expect(told).toEqual({ sendId: mail?.sendId, campaign: "welcome", step: expect.any(String), template: "welcome" });
  });

  test("starts a service campaign that asks for it, once", async () => {
    const steps = [{ id: "say", send: "birthday" }];
    const on = { event: "email.unsubscribed" };
    const goodbye = aCampaign({ campaign: "goodbye", title: "Goodbye", on, purpose: "service", steps });
    const world = await aShop({}, [goodbye]);
    const { link } = await welcomed(world);
    for (let n = 0; n < 3; n++) {
      await unsubscribe(world.ports, link);
      world.now += 60_000;
      await world.settle();
    }
    await world.advanceTo(world.now + DAY_MS);
    expect(world.mails()).toHaveLength(2);
  });

  test("is in force although nobody can be told", async () => {
    const world = await aShop();
    const { link } = await welcomed(world);
    world.ports.bus.publish = () => Promise.reject(new Unavailable("bus"));
    await unsubscribe(world.ports, link);
    const { address } = await loadAddress(world.ports, "anna@example.com");
    expect(address.optOuts).toHaveProperty("marketing");
  });

  test("by a mail of before an erasure closes the address of whoever came back with it", async () => {
    const world = await aShop({ consent: { forms: { form: { how: "newsletter form" } } } });
    const { link } = await welcomed(world);
    await erasePerson(world.ports, link.profileId, { by: "person" });
    await world.advanceTo(world.now + DAY_MS);
    await unsubscribe(world.ports, link);
    const { address } = await loadAddress(world.ports, "anna@example.com");
    expect(address.optOuts).toEqual({ marketing: world.now });
    // Of the yes before the erasure alone.
    expect(toldBy(world)).toEqual(["consent.granted"]);
  });

  test("goes with the rest at an erasure: a yes from a page opened before it opens no address", async () => {
    const world = await aShop();
    const { link } = await welcomed(world);
    await erasePerson(world.ports, link.profileId, { by: "person" });
    world.now += 1_000;
    await choose(world.ports, link, { purpose: "marketing", state: "granted" });
    const { address } = await loadAddress(world.ports, "anna@example.com");
    expect(Object.keys(address.suppressions)).toEqual(["erasure"]);
  });

  test("of somebody who never was changes nothing and is no fault", async () => {
    const world = await aShop();
    const before = (await world.table.scan({ segment: 0, segments: 1 })).items;
    await unsubscribe(world.ports, { profileId: "nobody", sendId: "s", purpose: "marketing" });
    expect((await world.table.scan({ segment: 0, segments: 1 })).items).toEqual(before);
  });
});

describe("why the last mail came", () => {
  test("is told as it was then, also when somebody has said no since", async () => {
    const world = await aShop();
    const { link, p } = await welcomed(world);
    world.now += DAY_MS;
    await unsubscribe(world.ports, link);
    const opened = await openCentre(world.ports, p);
    if (opened.kind !== "open") throw new Error(opened.kind);
    expect(opened.choices[0]).toMatchObject({ purpose: "marketing", state: "denied" });
    expect(opened.mails.map((mail) => whyWords(mail, { language: "en", zone: "UTC" }).join(" "))).toEqual([
      expect.stringContaining("because you agreed to hear from us on 2 March 2026"),
    ]);
  });

  test("is told by the word that is stored where no proofs were kept yet", async () => {
    const world = await aShop();
    const { link, p } = await welcomed(world);
    const { items } = await world.table.query({ pk: `PROFILE#${link.profileId}`, prefix: "PROOF#" });
    expect(items).toHaveLength(1);
    for (const { pk, sk } of items) await world.table.write({ delete: { pk, sk } });
    expect(await openCentre(world.ports, p)).toMatchObject({ mails: [{ ground: "consent", consent: { at: START } }] });
  });

  test("names the newest mails first, three at most, and the one whose link was followed", async () => {
    const steps = [{ id: "say", send: "welcome" }];
    const often = aCampaign({ campaign: "often", title: "Often", on: { event: "catalogue.downloaded" }, steps });
    const world = await aShop({ frequencyCap: { marketing: { max: 50, within: "1 day" } } }, [often]);
    const { p } = await welcomed(world);
    for (let n = 1; n <= 5; n++) {
      world.now += 60_000;
      await world.post({ type: "track", userId: "u-1", event: "catalogue.downloaded", messageId: `m-${n}` });
      await world.settle();
    }
    expect(world.mailer.accepted).toHaveLength(6);
    const opened = await openCentre(world.ports, p);
    if (opened.kind !== "open") throw new Error(opened.kind);
    expect(opened.mails.map(({ title, sentAt }) => `${title} ${(sentAt - START) / 60_000}`)).toEqual([
      ...["Often 5", "Often 4", "Often 3"],
      "Welcome 0",
    ]);
  });
});

describe("the foot of a marketing mail", () => {
  const everywhere = (basis: string) => ({ consent: { basis: { marketing: { default: basis } } } });

  test("speaks of an agreement only where there is one", async () => {
    const agreed = await welcomed(await aShop());
    expect(agreed.mail?.text).toContain("because you agreed to hear from us");
    const interest = await welcomed(await aShop(everywhere("legitimate-interest")), "nothing");
    expect(interest.mail?.text).toContain("You can object at any time.");
    expect(interest.mail?.text).not.toContain("agreed");
  });

  test("leads to the page of one's choices, for 90 days", async () => {
    const world = await aShop();
    const { p } = await welcomed(world);
    expect((await openCentre(world.ports, p)).kind).toBe("open");
    world.now = START + 90 * DAY_MS;
    expect((await openCentre(world.ports, p)).kind).toBe("expired");
  });
});

describe("who did not say a word", () => {
  test("is told that mail comes all the same where the shop rests on its own interest", async () => {
    const world = await aShop({ consent: { basis: { marketing: { default: "legitimate-interest" } } } });
    const { p, link } = await welcomed(world, "nothing");
    const opened = await openCentre(world.ports, p);
    expect(opened).toMatchObject({ choices: [{ purpose: "marketing", state: "lawful" }, { state: "unasked" }] });
    await choose(world.ports, link, { purpose: "marketing", state: "denied" });
    expect(await openCentre(world.ports, p)).toMatchObject({ choices: [{ state: "denied" }, { state: "unasked" }] });
  });
});

test("a link to a mail that was never sent shows nothing of the person", async () => {
  const world = await aShop();
  const { link } = await welcomed(world);
  const secret = await world.ports.secrets.get("link");
  const token = signLink(secret, "preferences", { profileId: link.profileId, sendId: "s-0", expiresAt: START * 2 });
  expect(Object.keys(await openCentre(world.ports, token)).toSorted()).toEqual([
    "kind",
    "link",
    "locale",
    "shop",
    "wanted",
  ]);
});
