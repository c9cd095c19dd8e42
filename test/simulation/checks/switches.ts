// Decides whether a stop switch was turned by somebody: by an operator who began to, or by what the provider said.
import type { Item } from "../../../shared/pipeline/ports.ts";
import type { World } from "../stage.ts";
import { pastOf, storedNow } from "./past.ts";

/** Asked before the write is noted. */
export function checkSwitch(world: World, { sk }: { sk: string }, put: Item | undefined): void {
  const why = put === undefined ? wronglyOff(world, sk) : wronglyOn(world, put);
  if (why !== undefined) world.violation("switch", `the switch ${sk} was turned ${put ? "on" : "off"}: ${why}`);
}

const whatOf = (sk: string) => sk.replace("CAMPAIGN#", "");

function wronglyOn(world: World, put: Item): string | undefined {
  const { begun } = pastOf(world);
  const { sk } = put;
  const state = (put["provider"] as { state?: string } | undefined)?.state;
  if (sk === "PROVIDER") return hasSaid(world, String(state)) ? undefined : `the provider never said ${state}`;
  if (sk === "QUOTA") return hasSaid(world, "quota") ? undefined : "the provider never said so";
  const by = (put["stop"] as { by?: string } | undefined)?.by;
  return by === "operator" && begun.has(`pause ${whatOf(sk)}`) ? undefined : `nobody asked for it (${by})`;
}

/** In a call, or now about the account. */
function hasSaid(world: World, kind: string): boolean {
  if (world.mailer.quota().state === kind) return true;
  for (const answers of pastOf(world).refusals.values()) if (answers.some((one) => one.kind === kind)) return true;
  return false;
}

/** By the clock of who turns it, which may be ahead. */
const AHEAD_MS = 31_000;

function wronglyOff(world: World, sk: string): string | undefined {
  const { now } = world.scheduler;
  if (sk === "PROVIDER") return undefined;
  if (sk !== "QUOTA") return pastOf(world).begun.has(`resume ${whatOf(sk)}`) ? undefined : "nobody asked for it";
  const until = storedNow(world, "STOP", sk)?.["until"] as number | undefined;
  return (until ?? 0) <= now + AHEAD_MS ? undefined : `the quota is used up until ${until}`;
}
