// Decides whether every change of a consent leaves its proof, in the same transaction and with the same words; and no other.
import type { Item, Write } from "../../../shared/pipeline/ports.ts";
import { FORM, FORM_SAYS } from "../catalogues.ts";
import type { World } from "../stage.ts";
import { pastOf, storedNow } from "./past.ts";

type Said = { purpose: string; state: string; at: number; by: string; actor?: string; how?: string; wording?: string };

/** Table keys of all proofs there ever were; how many of whom are not deleted. */
const proofs = new WeakMap<World, Set<string>>();

function proofsOf(world: World): Set<string> {
  const known = proofs.get(world) ?? new Set();
  proofs.set(world, known);
  return known;
}

/** What was said, and by what means: the same once more needs no second proof. */
const wordsOf = ({ purpose, state, actor = "system", how, wording }: Said) =>
  JSON.stringify([purpose, state, actor, how, wording]);

const isOf = (prefix: string) => (write: Write) =>
  "put" in write && write.put.sk.startsWith(prefix) ? [write.put] : [];

const [isProof, isConsent] = [isOf("PROOF#"), isOf("STATE#CONSENT#")];

/** Asked for every transaction, after it is noted. */
export function checkProofs(world: World, writes: readonly Write[]): void {
  const kept = writes.flatMap(isProof);
  const changes = writes.flatMap(isConsent);
  if (kept.length + changes.length === 0) return;
  const known = proofsOf(world);
  for (const item of kept) {
    const name = `${item.pk} ${item.sk}`;
    if (known.has(name)) world.violation("proof", `${name} is written again`);
    known.add(name);
  }
  for (const item of changes) checkProven(world, item, kept);
  const unasked = kept.find(({ pk, sk }) => !changes.some((item) => item.pk === pk && sk.includes(purposeOf(item))));
  if (unasked !== undefined) world.violation("proof", `${unasked.sk} of ${unasked.pk} proves no change`);
}

const purposeOf = (item: Item) => (item["consent"] as Said).purpose;

function checkProven(world: World, item: Item, kept: Item[]): void {
  const said = item["consent"] as Said;
  const what = `the consent of ${item.pk} to ${said.purpose} (${said.state}, ${said.by})`;
  const proof = kept.find(({ pk, ...one }) => pk === item.pk && wordsOf(one["proof"] as Said) === wordsOf(said));
  if (proof === undefined) {
    if (!isSameWord(world, item)) world.violation("proof", `${what} changed without a proof`);
    return;
  }
  const text = JSON.stringify(proof);
  const missing = [said.purpose, "at", "by", said.how, said.wording].filter(
    (one) => one !== undefined && !text.includes(one),
  );
  if (missing.length > 0) world.violation("proof", `${what}: its proof does not say ${missing.join(", ")}`);
  const isPerson = said.by.startsWith("person/") || said.by.startsWith(`${FORM}/`);
  if ((said.actor === "person") !== isPerson) world.violation("proof", `${what} is said by ${said.actor}`);
  if (
    said.by.startsWith(`${FORM}/`) &&
    (said.how ?? FORM_SAYS.how) === FORM_SAYS.how &&
    said.wording !== FORM_SAYS.wording
  )
    world.violation("proof", `${what} does not tell which wording was agreed to: ${said.wording}`);
}

/** Whether the consent said the same before, by the same means: that needs no second proof. */
function isSameWord(world: World, { pk, sk, ...item }: Item): boolean {
  const before = pastOf(world).stored.get(`${pk} ${sk}`)?.at(-2)?.item?.["consent"] as Said | undefined;
  return before !== undefined && wordsOf(before) === wordsOf(item["consent"] as Said);
}

/** In the end: the proofs of whoever is still there are there. */
export async function checkProofsKept(world: World): Promise<void> {
  const byPerson = Map.groupBy(proofsOf(world), (name) => name.slice(0, name.indexOf(" ")));
  for (const [pk, names] of byPerson) {
    if (world.observer.erased.has(pk.slice("PROFILE#".length))) continue;
    const { items } = await world.table.query({ pk, prefix: "PROOF#" });
    if (items.length !== names.length)
      world.violation("proof", `${pk} has ${items.length} proofs of ${names.length} changes of consent`);
    const last = items.filter(({ sk }) => sk.startsWith("PROOF#marketing#")).length;
    if (last > 0 && storedNow(world, pk, "STATE#CONSENT#marketing") === undefined)
      world.violation("proof", `${pk} has proofs of a consent that is gone`);
  }
}
