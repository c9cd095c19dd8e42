// Guarantees of coming back while an erasure is still under way: what it closes afterwards shuts out nobody who said yes since.
import { expect, test } from "vitest";
import { HOUR_MS, MINUTE_MS } from "../../shared/domain/instant.ts";
import { erasePerson } from "../../shared/pipeline/erasure/erase.ts";
import { loadAddress } from "../../shared/pipeline/records/address-record.ts";
import { identify } from "../support/calls.ts";
import { ANNA, postByForm, shopWithAnna } from "../support/erasing.ts";
import { START } from "../support/memory-world.ts";
import { idOf } from "../support/stored.ts";

const LATER = "anna.new@example.com";

/** Anna has a second address by now, is erased, and comes back before the job has read anything. */
async function annaReturns(traits: object) {
  const world = await shopWithAnna();
  await world.post(identify(START + HOUR_MS, { traits: { email: LATER } }));
  await world.advanceTo(START + 2 * HOUR_MS);
  await erasePerson(world.ports, await idOf(world, "u-1"), { by: "person" });
  const erasedAt = world.now;
  world.now += 2_000;
  const call = identify(world.now, { traits: { ...traits, consent: { marketing: "granted" } } });
  await postByForm(world, { ...call, messageId: "back" });
  const events = world.queued.events.splice(0);
  await world.reactTo(events.map(({ body }) => body));
  return { world, erasedAt };
}

test("who comes back with an earlier address is reached there", async () => {
  const { world, erasedAt } = await annaReturns({ email: ANNA.email });
  await world.advanceTo(world.now + HOUR_MS);
  expect((await loadAddress(world.ports, ANNA.email)).address.suppressions).toEqual({});
  expect((await loadAddress(world.ports, LATER)).address.suppressions).toEqual({ erasure: erasedAt });
});

test("an address that a system told of later stays closed", async () => {
  const { world, erasedAt } = await annaReturns({});
  await world.post({ ...identify(world.now + 1_000, { traits: { email: ANNA.email } }), messageId: "crm" });
  const events = world.queued.events.splice(0);
  world.now += MINUTE_MS;
  await world.reactTo(events.map(({ body }) => body));
  await world.advanceTo(world.now + HOUR_MS);
  expect((await loadAddress(world.ports, ANNA.email)).address.suppressions).toEqual({ erasure: erasedAt });
});
