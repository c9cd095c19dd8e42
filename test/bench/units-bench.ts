// Measures what events and mails cost on DynamoDB: write and read units as the emulator's ConsumedCapacity counts them.
import { fileURLToPath } from "node:url";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { DynamoTable } from "../../shared/adapters/aws/dynamo-table.ts";
import { readMarketing } from "../../shared/authoring/read-folder.ts";
import type { Definition } from "../../shared/domain/definition.ts";
import { DAY_MS, MINUTE_MS, SECOND_MS } from "../../shared/domain/instant.ts";
import { publish } from "../../shared/pipeline/catalogue-store.ts";
import { consent, identify, lead, purchase } from "../support/calls.ts";
import { createRelanceTable, emulatorBinary, startDynamoEmulator } from "../support/dynamo-emulator.ts";
import { MemoryWorld, START } from "../support/memory-world.ts";
import { smallShopDefinitions } from "../support/small-shop.ts";
import { benchMailUnits } from "./mail-units-bench.ts";
import type { Row } from "./row.ts";

type Units = { read: number; write: number };
type Metered = { world: MemoryWorld; measure: (task: () => Promise<void>) => Promise<Units> };

/** A world on the emulator whose units can be counted. */
async function metered(client: DynamoDBDocumentClient, name: string, definitions: Definition[]): Promise<Metered> {
  const units: Units = { read: 0, write: 0 };
  const table = new DynamoTable({
    client,
    table: name,
    onCapacity: (count, kind) => {
      units[kind] += count;
    },
  });
  const world = new MemoryWorld();
  Object.assign(world.ports, { table });
  await publish(world.ports, definitions);
  const measure = async (task: () => Promise<void>) => {
    const before = { ...units };
    await task();
    return { read: units.read - before.read, write: units.write - before.write };
  };
  return { world, measure };
}

const TRAITS = Object.fromEntries(Array.from({ length: 36 }, (_, n) => [`trait${n}`, `value ${n}`]));

/** Units of the path of one person: first event, ordinary event, triggering event, one mail; batches of one event. */
async function unitsOf({ world, measure }: Metered, traits: object): Promise<Record<string, Units>> {
  const react = async (...calls: object[]) => {
    await world.post(...calls);
    await world.reactTo(world.queued.events.splice(0).map(({ body }) => body));
  };
  const first = await measure(() => react(identify(START, { traits: { birthday: "1990-05-05", ...traits } })));
  await react(consent(START + SECOND_MS));
  await react({
    type: "track",
    event: "Product Viewed",
    userId: "u-1",
    messageId: "view-1",
    timestamp: new Date(START).toISOString(),
    properties: { sku: "b-1" },
  });
  world.now += MINUTE_MS;
  const ordinary = await measure(() =>
    react({
      type: "track",
      event: "Product Viewed",
      userId: "u-1",
      messageId: "view-2",
      timestamp: new Date(world.now).toISOString(),
      properties: { sku: "b-2" },
    }),
  );
  await react(lead(world.now), purchase(world.now, { total: 100, order: "o-1" }));
  await world.settle();
  world.now += 3 * DAY_MS + 10 * MINUTE_MS;
  await world.reactTo([
    { wake: { profileId: [...new Set(world.mailer.accepted.map(({ tags }) => tags["pid"]))][0] as string } },
  ]);
  await world.settle();
  world.now += 40 * DAY_MS;
  await react(purchase(world.now, { total: 20, order: "o-2" }));
  world.now += DAY_MS;
  const triggering = await measure(() => react(purchase(world.now, { total: 100, order: "o-3" })));
  await world.settle();
  const second = identify(world.now, { user: "u-2", traits: { email: "b@example.com" } });
  await react(second, { ...consent(world.now, { user: "u-2" }) });
  await react(lead(world.now, "u-2"));
  const mail = await measure(async () => {
    await world.settle();
    const sent = world.mailer.accepted.at(-1);
    world.queued.feedback.push({ body: delivery(sent?.tags as Record<string, string>, sent?.to as string) });
    await world.settle();
  });
  return { first, ordinary, triggering, mail };
}

function delivery(tags: Record<string, string>, to: string) {
  const timestamp = new Date(START).toISOString();
  const mail = {
    timestamp,
    messageId: "m-1",
    destination: [to],
    tags: { sid: [tags["sid"] as string], pid: [tags["pid"] as string] },
  };
  return { eventType: "Delivery", mail, delivery: { timestamp } };
}

/** Ten campaigns on the event types of the shop that do not match, so that a decision is recorded but nothing is sent. */
function tenCampaigns(definitions: Definition[]): Definition[] {
  const welcome = definitions.find(({ kind, id }) => kind === "campaign" && id === "welcome") as Definition;
  const more = Array.from(
    { length: 6 },
    (_, n): Definition => ({
      ...welcome,
      id: `more-${n}`,
      body: {
        ...welcome.body,
        campaign: `more-${n}`,
        on: { event: "purchase.completed" },
        audience: { trait: "country", eq: "XX" },
      },
    }),
  );
  return [...definitions, ...more];
}

const text = ({ write, read }: Units) => `${write} write, ${read} read`;

/** Write and read units per event and per mail; nothing where the emulator does not exist. */
export async function benchUnits(): Promise<Row[]> {
  if (emulatorBinary() === undefined)
    return [{ what: "DynamoDB units", value: "not measured: no emulator for this platform", bar: "" }];
  const emulator = await startDynamoEmulator();
  const client = DynamoDBDocumentClient.from(emulator.client, { marshallOptions: { removeUndefinedValues: true } });
  try {
    const definitions = await smallShopDefinitions();
    const { definitions: shipped } = await readMarketing(fileURLToPath(new URL("../../marketing", import.meta.url)));
    await createRelanceTable(emulator.client, "starter");
    await createRelanceTable(emulator.client, "larger");
    const starter = await unitsOf(await metered(client, "starter", shipped), {});
    const larger = await unitsOf(await metered(client, "larger", tenCampaigns(definitions)), TRAITS);
    const rows = (units: Record<string, Units>, shop: string): Row[] => [
      { what: `first event of a person (with traits), ${shop}`, value: text(units["first"] as Units), bar: "" },
      { what: `ordinary event, ${shop}`, value: text(units["ordinary"] as Units), bar: "5 write" },
      { what: `triggering event, ${shop}`, value: text(units["triggering"] as Units), bar: "10 write" },
      {
        what: `one mail from intent to delivered, ${shop}; the intent's 3 are part of the triggering event`,
        value: text(units["mail"] as Units),
        bar: "14 write, with the intent",
      },
    ];
    const mails = await benchMailUnits(emulator.client, definitions);
    return [...rows(starter, "starter catalogue"), ...rows(larger, "10 campaigns, 40 traits"), ...mails];
  } finally {
    await emulator.stop();
  }
}
