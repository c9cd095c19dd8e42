// Guarantees that what the doctor calls unused is unused: a whole shop without it decides and writes exactly the same.
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { demoShop } from "../../cli/demo/shop.ts";
import { readMarketing } from "../../shared/authoring/read-folder.ts";
import type { Definition } from "../../shared/domain/definition.ts";
import { DAY_MS } from "../../shared/domain/instant.ts";
import { usedFacts } from "../../shared/domain/used-facts.ts";
import { ledgerView } from "../../shared/pipeline/views/ledger.ts";
import { takeSample, unusedIn } from "../../shared/pipeline/views/minimisation.ts";
import { MemoryWorld, START } from "../support/memory-world.ts";

const MARKETING = fileURLToPath(new URL("../../marketing", import.meta.url));
const DAYS = 200;

/** Half a year of the demo shop, told by systems that say more than anybody asked for. */
function everythingThatHappens() {
  const events = demoShop({ seed: 7, profiles: 40, months: DAYS / 30, until: START + DAYS * DAY_MS });
  return events.map(({ at, call }, index) => {
    const noise = { ip: `192.0.2.${index % 250}`, note: "rang twice" };
    return {
      at,
      call:
        call.type === "identify"
          ? { ...call, traits: { ...call.traits, shoeSize: index, address: { street: "1 Test Street" } } }
          : { ...call, properties: { ...call.properties, ...noise } },
    };
  });
}

async function lived(definitions: Definition[]): Promise<MemoryWorld> {
  const world = await MemoryWorld.open(definitions);
  for (const { at, call } of everythingThatHappens()) {
    await world.advanceTo(at);
    await world.post(call);
  }
  await world.advanceTo(START + DAYS * DAY_MS);
  return world;
}

const mailsOf = (world: MemoryWorld) =>
  world.mailer.accepted.map(({ to, subject, html, text }) => ({ to, subject, html, text }));

test("dropping all that is unused changes no decision and no mail", { timeout: 120_000 }, async () => {
  const { definitions, problems } = await readMarketing(MARKETING);
  expect(problems).toEqual([]);
  const before = await lived(definitions);
  const used = usedFacts(definitions);
  const unused = unusedIn(await takeSample(before.ports), used, { traits: [], properties: {} });
  const properties = Object.fromEntries(
    [...Map.groupBy(unused.properties, ({ type }) => type)].map(([type, names]) => [
      type,
      names.map(({ name }) => name),
    ]),
  );
  expect(unused.traits.map(({ name }) => name).toSorted()).toEqual(["address", "shoeSize"]);
  expect(properties["purchase.completed"]).toEqual(expect.arrayContaining(["ip", "note", "total", "products"]));
  const drop = { traits: unused.traits.map(({ name }) => name), properties };
  const dropping = definitions.map((one) => (one.kind === "settings" ? { ...one, body: { ...one.body, drop } } : one));
  const after = await lived(dropping);
  expect(mailsOf(before).length).toBeGreaterThan(50);
  expect(mailsOf(after)).toEqual(mailsOf(before));
  expect(await ledgerView(after.ports)).toEqual(await ledgerView(before.ports));
});
