// Decides whether what closed an address once stays (I6).
import type { Item } from "../../../shared/pipeline/ports.ts";
import type { AddressSeen } from "../model.ts";
import type { World } from "../stage.ts";

export function checkAddress(world: World, { pk, closed }: AddressSeen, item: Item): void {
  const { suppressions, optOuts } = item["address"] as { suppressions: object; optOuts: Record<string, unknown> };
  for (const why of closed.keys()) {
    const isThere = why === "all" ? Object.keys(suppressions).length > 0 : optOuts[why] !== undefined;
    if (!isThere) world.violation("I6", `${pk} was closed (${why}) and is open again`);
  }
}
