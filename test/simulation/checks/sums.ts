// Decides whether nothing got lost between intent and ledger (I15): by own count, and as the product counts it itself.
import { ledgerParts } from "../../../shared/domain/ledger.ts";
import { ledgerView } from "../../../shared/pipeline/views/ledger.ts";
import { TERMINAL } from "../model.ts";
import { plainPorts } from "../plain-ports.ts";
import type { World } from "../stage.ts";

/** Per campaign, the intents that were seen are the sends that the table has, each in the state that was seen last. */
export async function checkSums(world: World): Promise<void> {
  const { table, observer } = world;
  const stored = new Map<string, number>();
  for (const { profileId, id, campaign, state } of observer.sends.values()) {
    const item = await table.get({ pk: `PROFILE#${profileId}`, sk: `SEND#${id}` });
    const found = (item?.["ledger"] as { state: string } | undefined)?.state;
    if (found === state && TERMINAL.has(state)) stored.set(campaign, (stored.get(campaign) ?? 0) + 1);
  }
  for (const [campaign, count] of plannedBy(world))
    if (stored.get(campaign) !== count)
      world.violation("I15", `${campaign}: ${count} intents, and ${stored.get(campaign) ?? 0} ends`);
}

/** What anyone can read adds up, and says the same. */
export async function checkLedger(world: World): Promise<void> {
  const planned = plannedBy(world);
  const sent = Map.groupBy(world.observer.sends.values(), ({ campaign, state }) => `${campaign} ${state}`);
  const view = await ledgerView(plainPorts(world.withCompiled(world.table), world.scheduler.now));
  for (const ledger of view?.items ?? []) {
    const { campaign } = ledger;
    const sum = ledgerParts.reduce((total, part) => total + ledger[part], 0);
    const own = planned.get(campaign) ?? 0;
    if (sum !== ledger.planned || own !== ledger.planned)
      world.violation(
        "I15",
        `the ledger of ${campaign} says ${ledger.planned} planned and ${sum} in all; there are ${own}`,
      );
    const ownSent = sent.get(`${campaign} SENT`)?.length ?? 0;
    if (ownSent !== ledger.sent)
      world.violation("I15", `the ledger of ${campaign} says ${ledger.sent} sent; there are ${ownSent}`);
    planned.delete(campaign);
  }
  if (planned.size > 0) world.violation("I15", `the ledger does not know ${[...planned.keys()].join(", ")}`);
}

function plannedBy({ observer }: World): Map<string, number> {
  const planned = new Map<string, number>();
  for (const { campaign } of observer.sends.values()) planned.set(campaign, (planned.get(campaign) ?? 0) + 1);
  return planned;
}
