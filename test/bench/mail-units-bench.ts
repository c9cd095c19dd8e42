// Measures what one mail costs on DynamoDB from intent to delivered: alone, first in line, under ceilings, to an old address.
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { DynamoTable } from "../../shared/adapters/aws/dynamo-table.ts";
import type { AddressClaim } from "../../shared/domain/address.ts";
import type { Definition } from "../../shared/domain/definition.ts";
import { DAY_MS, iso } from "../../shared/domain/instant.ts";
import type { JsonObject } from "../../shared/domain/json.ts";
import { publish } from "../../shared/pipeline/catalogue-store.ts";
import type { Write } from "../../shared/pipeline/ports.ts";
import { addressWrite, loadAddress } from "../../shared/pipeline/records/address-record.ts";
import { consent, identify, lead } from "../support/calls.ts";
import { createRelanceTable } from "../support/dynamo-emulator.ts";
import { MemoryWorld, START } from "../support/memory-world.ts";
import type { Row } from "./row.ts";

const EMAIL = "anna@example.com";

/** `mails`: so many people become leads at once; the units are those of one of them. */
type Case = { what: string; priority: "high" | "normal"; ceilings: boolean; claims: number; mails: number };

const ONE: Case = { what: "nothing special", priority: "normal", ceilings: false, claims: 0, mails: 1 };
const CASES: Case[] = [
  ONE,
  { ...ONE, what: "of high priority", priority: "high" },
  { ...ONE, what: "under a daily ceiling of the campaign and one of the account", ceilings: true },
  { ...ONE, what: "to an address with 30 claims", claims: 30 },
  { what: "all of these at once", priority: "high", ceilings: true, claims: 30, mails: 1 },
  { ...ONE, what: "one of a batch of 20", mails: 20 },
  { what: "one of a batch of 20, with all of these", priority: "high", ceilings: true, claims: 30, mails: 20 },
];

/** `left`: how many of the mails left at the first go. */
type Units = { intent: number; send: number; feedback: number; left: number };

/** One row per case; the bar counts all three parts. */
export async function benchMailUnits(client: DynamoDBClient, definitions: Definition[]): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [index, one] of CASES.entries()) {
    const units = await unitsOf({ client, definitions, name: `mail-${index}` }, one);
    const sum = units.intent + units.send + units.feedback;
    const parts = [units.intent, units.send, units.feedback].map((part) => part.toFixed(1)).join(" + ");
    rows.push({
      what: `one mail, intent + send + delivery: ${one.what}`,
      value: `${parts} = ${sum.toFixed(1)} write${units.left < one.mails ? ` (${units.left} of ${one.mails} left at once)` : ""}`,
      bar: "14 write",
    });
  }
  return rows;
}

/** The shop with one live campaign that answers leads, and another one of normal priority beside it. */
function shopFor(definitions: Definition[], { priority, ceilings }: Case): Definition[] {
  const limits: JsonObject = ceilings ? { maxPerDay: 10_000 } : {};
  return definitions.flatMap((one) => {
    if (one.kind === "settings") {
      const frequencyCap = { marketing: { max: 50, within: "30 days" } };
      return { ...one, body: { ...one.body, frequencyCap, ...limits } };
    }
    if (one.kind !== "campaign") return one;
    if (one.id === "welcome") return { ...one, body: { ...one.body, priority, ...limits } };
    return one.id === "upsell" ? one : [];
  });
}

type Place = { client: DynamoDBClient; definitions: Definition[]; name: string };

async function unitsOf({ client, definitions, name }: Place, one: Case): Promise<Units> {
  await createRelanceTable(client, name);
  await createRelanceTable(client, `${name}-intents`);
  let units = 0;
  const tableOf = (table: string) =>
    new DynamoTable({
      client: DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } }),
      table,
      onCapacity: (count, kind) => {
        if (kind === "write") units += count;
      },
    });
  const measure = async (task: () => Promise<unknown>): Promise<number> => {
    const before = units;
    await task();
    return (units - before) / one.mails;
  };
  const world = new MemoryWorld();
  const table = tableOf(name);
  const intents: Write[][] = [];
  const { transact } = table;
  table.transact = (writes) => {
    const own = writes.flatMap((write) =>
      "put" in write && isOfIntent(write.put.pk, write.put.sk) ? [{ put: write.put }] : [],
    );
    if (own.length > 0) intents.push(own);
    return transact.call(table, writes);
  };
  world.ports.table = table;
  await publish(world.ports, shopFor(definitions, one));
  const users = Array.from({ length: one.mails }, (_, index) => ({ user: `u-${index}`, email: `${index}-${EMAIL}` }));
  for (const { user, email } of users) {
    await world.post(identify(START, { user, traits: { email } }), consent(START, { user }));
    await age(world, email, one.claims);
  }
  await world.settle();
  intents.length = 0;
  await world.post(...users.map(({ user }) => lead(START, user)));
  await world.reactTo(world.queued.events.splice(0).map(({ body }) => body));
  const written = intents.splice(0);
  const intent = await measure(async () => {
    // A new item costs what it weighs, as one that is replaced by a heavier one does.
    const scratch = tableOf(`${name}-intents`);
    for (const writes of written) await scratch.transact(writes);
  });
  const send = await measure(() => world.settle());
  for (const mail of world.mailer.accepted) world.queued.feedback.push({ body: delivery(mail.tags, mail.to) });
  const feedback = await measure(() => world.settle());
  return { intent, send, feedback, left: world.mailer.accepted.length };
}

const isOfIntent = (pk: string, sk: string) => sk.startsWith("SEND#") || pk.startsWith("ADDRESS#");

/** An address that was written to every day of the last month. */
async function age(world: MemoryWorld, email: string, claims: number): Promise<void> {
  if (claims === 0) return;
  const record = await loadAddress(world.ports, email);
  const old = Array.from({ length: claims }, (_, index): AddressClaim => {
    const sendId = `${index}`.padStart(24, "0");
    return { at: START - (claims - index) * 0.9 * DAY_MS, sendId, purpose: "marketing" };
  });
  await world.ports.table.write(addressWrite(record, { ...record.address, claims: old }));
}

function delivery(tags: Record<string, string>, to: string) {
  const timestamp = iso(START);
  const mail = {
    timestamp,
    messageId: "m-1",
    destination: [to],
    tags: { sid: [tags["sid"] ?? ""], pid: [tags["pid"] ?? ""] },
  };
  return { eventType: "Delivery", mail, delivery: { timestamp } };
}
