// Decides whether it is known beside every address who has it now: an erasure by address finds people by that.
import type { Item } from "../../../shared/pipeline/ports.ts";
import type { World } from "../stage.ts";
import { pastOf } from "./past.ts";

export function checkHolders(world: World): void {
  const { observer } = world;
  const noted = new Set<string>();
  for (const [name, stored] of pastOf(world).stored) {
    const at = name.indexOf(" HOLDER#");
    if (at > 0 && isHolder(stored.at(-1)?.item))
      noted.add(`${name.slice(0, at)} ${name.slice(at + " HOLDER#".length)}`);
  }
  for (const { id, email } of observer.people.values()) {
    if (email.now === undefined) continue;
    const name = `${observer.pkOf(email.now)} ${id}`;
    if (!noted.delete(name)) world.violation("holder", `${id} has an address that does not know of them`);
  }
  for (const name of noted) world.violation("holder", `an address has somebody who does not have it: ${name}`);
}

/** Not of those who had it before. */
const isHolder = (item: Item | undefined) => item !== undefined && item["former"] !== true;
