// Builds a shop whose people say things about consent: by the shop, a CRM, a form, a link in their mail.

import { withPause } from "../../shared/domain/address.ts";
import { type Instant, iso } from "../../shared/domain/instant.ts";
import type { JsonObject } from "../../shared/domain/json.ts";
import { findProfile } from "../../shared/pipeline/identity.ts";
import { ingest } from "../../shared/pipeline/ingest.ts";
import type { Ports } from "../../shared/pipeline/ports.ts";
import { changeAddress, loadAddress } from "../../shared/pipeline/records/address-record.ts";
import { consentsView } from "../../shared/pipeline/views/consents.ts";
import { MemoryWorld } from "./memory-world.ts";
import { sendsIn } from "./sending.ts";
import { leadShop } from "./shop-definitions.ts";

const SETTINGS: JsonObject = {
  frequencyCap: { marketing: { max: 50, within: "1 day" } },
  consent: { forms: { website: { how: "newsletter form", wording: "2026-01" } } },
};
export const EMAIL = "ana@example.com";

type Said = { user?: string; email?: string; consent?: object | string };

/** A shop that greets every lead, and people who say things there. */
export async function aConsentShop(body: JsonObject = {}, settings: JsonObject = {}) {
  const world = await MemoryWorld.open(leadShop({ greet: body }, { ...SETTINGS, ...settings }));
  let serial = 0;
  const post = async (source: string, call: object) => {
    const messageId = `m-${++serial}`;
    await ingest(world.ports, [{ messageId, userId: "ana", timestamp: iso(world.now), ...call }], { source });
  };
  const says = async (source: string, { user = "ana", email, consent }: Said) => {
    const marketing = consent === undefined ? {} : { consent: { marketing: consent } };
    await post(source, { type: "identify", userId: user, traits: { ...(email && { email }), ...marketing } });
    await world.settle();
  };
  const becomesLead = async (user = "ana") => {
    await post("shop", { type: "track", event: "Lead Created", userId: user });
    await world.settle();
  };
  const later = async (ms: number) => world.advanceTo(world.now + ms);
  const idOf = async (user = "ana") => (await findProfile(world.ports, user)) as string;
  const lastSend = async () => (await sendsIn(world)).sort((a, b) => a.send.intendedAt - b.send.intendedAt).at(-1);
  const ofMail = async (user = "ana") => ({
    profileId: await idOf(user),
    sendId: (await lastSend())?.send.id ?? "none",
  });
  const addressOf = async (email = EMAIL) => (await loadAddress(world.ports, email)).address;
  const marketing = async (user = "ana") => (await consentsView(world.ports, await idOf(user)))?.consents[0]?.said;
  const pause = async (until: Instant) => {
    const { key } = await loadAddress(world.ports, EMAIL);
    await changeAddress(world.ports, key, (address) => withPause(address, "marketing", until));
  };
  return { pause, world, post, says, becomesLead, later, idOf, ofMail, addressOf, marketing };
}

/** A table whose methods may be replaced one by one. */
export function bound(table: Ports["table"]): Ports["table"] {
  return {
    get: (key) => table.get(key),
    getMany: (keys) => table.getMany(keys),
    query: (range) => table.query(range),
    queryIndex: (index, range) => table.queryIndex(index, range),
    write: (write) => table.write(write),
    transact: (writes) => table.transact(writes),
    scan: (part) => table.scan(part),
  };
}
