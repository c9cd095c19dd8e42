// Proves that an address an operator closes gets no mail any more: at once, whoever has it, and without a word of it in a log.
import { expect, test } from "vitest";
import { deliver } from "../../shared/pipeline/deliver.ts";
import { loadAddress } from "../../shared/pipeline/records/address-record.ts";
import type { Pointer } from "../../shared/pipeline/send-facts.ts";
import { suppress } from "../../shared/pipeline/suppress.ts";
import { ledgerView } from "../../shared/pipeline/views/ledger.ts";
import { consent, identify, lead } from "../support/calls.ts";
import { MemoryWorld, START } from "../support/memory-world.ts";
import { itemsOf } from "../support/stored.ts";

const EMAIL = "anna@example.com";
const byOperator = { reason: "operator", at: START } as const;

/** A world in which one welcome mail to anna is decided, with its pointer in hand. */
async function decided() {
  const world = await MemoryWorld.open();
  await world.post(identify(START), consent(START), lead(START));
  await world.reactTo(world.queued.events.splice(0).map(({ body }) => body));
  const pointers = world.queued.sends.splice(0).map(({ body }) => (body as { send: Pointer }).send);
  return { world, pointers };
}

test("no mail leaves to an address that was closed, and the ledger says why", async () => {
  const { world, pointers } = await decided();
  expect(await suppress(world.ports, " Anna@Example.com ", byOperator)).toBe(true);
  await deliver(world.ports, pointers);
  expect(world.mails()).toEqual([]);
  const welcome = (await ledgerView(world.ports, "welcome"))?.total;
  expect(welcome).toMatchObject({ planned: 1, refused: 1, reasons: { refused: { suppressed: 1 } } });
});

test("nothing is claimed behind it, also when it comes between the judgement and the claim", async () => {
  const { world, pointers } = await decided();
  const { transact } = world.table;
  let closed = 0;
  world.table.transact = async (writes) => {
    world.table.transact = transact;
    await suppress(world.ports, EMAIL, byOperator);
    closed++;
    return transact.call(world.table, writes);
  };
  await deliver(world.ports, pointers);
  expect({ closed, mails: world.mails() }).toEqual({ closed: 1, mails: [] });
});

test("an address that nobody has is closed as well, and closing it twice keeps the first instant", async () => {
  const world = await MemoryWorld.open();
  await suppress(world.ports, "nobody@example.com", byOperator);
  await suppress(world.ports, "nobody@example.com", { reason: "operator", at: START + 1 });
  const { address } = await loadAddress(world.ports, "nobody@example.com");
  expect(address).toMatchObject({ version: 1, suppressions: { operator: START } });
});

test.each(["", "anna", "anna@", "anna b@example.com", "Anna <anna@example.com>", "a@b.example\r\nBcc: c@d.example"])(
  "%j is no address, and nothing is written",
  async (text) => {
    const world = await MemoryWorld.open();
    const before = (await itemsOf(world)).length;
    expect(await suppress(world.ports, text, byOperator)).toBe(false);
    expect(await itemsOf(world)).toHaveLength(before);
  },
);

test("neither the table's keys nor a log has the address", async () => {
  const world = await MemoryWorld.open();
  const said: unknown[] = [];
  const note = (...words: unknown[]) => void said.push(words);
  await suppress({ ...world.ports, ...{ log: { info: note, warn: note, error: note } } }, EMAIL, byOperator);
  expect(JSON.stringify([said, await itemsOf(world)])).not.toContain("anna");
});
