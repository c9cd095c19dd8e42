// Decides how tests ask for an erasure, and how they look for what is left of a person: in every item, message and mail.
import type { Definition } from "../../shared/domain/definition.ts";
import { erasePerson } from "../../shared/pipeline/erasure/erase.ts";
import { ingest } from "../../shared/pipeline/ingest.ts";
import type { Item } from "../../shared/pipeline/ports.ts";
import { consent, identify, lead, purchase } from "./calls.ts";
import { MemoryWorld, START } from "./memory-world.ts";
import { smallShopDefinitions } from "./small-shop.ts";
import { idOf, itemsOf } from "./stored.ts";

export const FORM = "newsletter-form";

/** What tells that it is Anna: her address, name and ids, and what she wrote. */
export const CANARIES = ["anna", "canary-phone", 'u-1"', "u-1|", "canary-note"];
export const ANNA = { firstName: "Anna", email: "anna@example.com", phone: "canary-phone" };
const NOTE = { properties: { note: "canary-note: call me after six" } };

/** The small shop, with a form through which people speak for themselves. */
export async function shopWithForm(settings: object = {}): Promise<Definition[]> {
  const definitions = await smallShopDefinitions();
  return definitions.map((definition) =>
    definition.kind === "settings"
      ? {
          ...definition,
          body: { ...definition.body, consent: { forms: { [FORM]: { how: "newsletter form" } } }, ...settings },
        }
      : definition,
  );
}

/** A world in which Anna (u-1) got two mails and waits for a third, and Ben (u-2) got one. */
export async function shopWithAnna(): Promise<MemoryWorld> {
  const world = await MemoryWorld.open(await shopWithForm());
  const { timestamp: _, ...unstamped } = { ...lead(START), event: "Guide Read", messageId: "anna-read", ...NOTE };
  await world.post(
    identify(START, { traits: ANNA }),
    consent(START),
    lead(START),
    { ...purchase(START), ...{ properties: { ...purchase(START).properties, ...NOTE.properties } } },
    unstamped,
    identify(START, { user: "u-2", traits: { email: "ben@example.com", firstName: "Ben" } }),
    consent(START, { user: "u-2" }),
    lead(START, "u-2"),
  );
  await world.settle();
  return world;
}

/** Erases whoever a source calls by this id, and lets the job come to its first end. */
export async function erase(world: MemoryWorld, user = "u-1"): Promise<string> {
  const profileId = await idOf(world, user);
  await erasePerson(world.ports, profileId, { by: "person" });
  await world.advanceTo(world.now);
  return profileId;
}

/** Sends calls through a form of the shop. */
export const postByForm = (world: MemoryWorld, ...calls: object[]) => ingest(world.ports, calls, { source: FORM });

/** What is left that tells who it was, as texts; and items with the opaque id where there should be none. */
export async function tracesOf(world: MemoryWorld, profileId: string): Promise<string[]> {
  const items = await itemsOf(world);
  const others = [
    ...Object.entries(world.queued),
    ["mail", world.mailer.accepted],
    ["erasures", (await world.ports.erasures.list()).items],
  ];
  const texts = [...items, ...others].map((one) => JSON.stringify(one));
  const personal = texts.filter((text) => CANARIES.some((canary) => text.toLowerCase().includes(canary)));
  const opaque = items.filter((item) => !mayName(item) && JSON.stringify(item).includes(profileId));
  return [...personal, ...opaque.map((item) => JSON.stringify(item))];
}

/** The tombstone, the hashes that lead to it, the job that did it, and the audit that says so. */
const mayName = ({ pk, sk }: Item) =>
  sk === "STATE#PROFILE" || sk === "IDENTITY" || pk.startsWith("JOB#erasure#") || pk.startsWith("AUDIT#");
