// Decides what the checks are told beside commits: what the provider answered and reports, what was taken in, and what people
// and operators begin.
import type { Write } from "../../../shared/pipeline/ports.ts";
import type { World } from "../stage.ts";
import { noteOnList } from "./listed.ts";
import { pastOf } from "./past.ts";

/** The provider said a definite no. */
export function noteRefused(world: World, sendId: string, kind: string): void {
  const { refusals } = pastOf(world);
  refusals.set(sendId, [...(refusals.get(sendId) ?? []), { kind, at: world.scheduler.now }]);
}

/** The provider is about to tell of a mail: "Bounce" is one for good, "Bounce soft" passes. */
export function noteReport(world: World, { to, sendId }: { to: string; sendId: string }, kind: string): void {
  const { reported } = pastOf(world);
  reported.add(`${kind} ${world.observer.pkOf(to)}`);
  reported.add(`${kind} ${sendId}`);
}

/** The provider put an address onto its own list. */
export function noteListed(world: World, email: string): void {
  pastOf(world).listed.add(world.observer.pkOf(email));
  noteOnList(world, email);
}

type Begun = { kind: "pause" | "resume"; what: string } | { kind: "suppress"; email: string };

export function noteBegun(world: World, action: Begun): void {
  pastOf(world).begun.add(
    "what" in action ? `${action.kind} ${action.what}` : `suppress ${world.observer.pkOf(action.email)}`,
  );
}

/** A held-out send that passed every gate is counted on its address in the same transaction. */
export function noteShadow(world: World, writes: readonly Write[]): void {
  for (const write of writes) {
    if (!("put" in write)) continue;
    const { put } = write;
    const ledger = put["ledger"] as { reason?: string; at: number } | undefined;
    if (ledger?.reason !== "holdout") continue;
    const { id: sendId, purpose } = put["send"] as { id: string; purpose: string };
    const other = writes.find((one) => "put" in one && one.put.pk.startsWith("ADDRESS#"));
    if (other === undefined || !("put" in other))
      world.violation("holdout", `${sendId.slice(0, 6)} is held out, and its address does not count it`);
    else
      pastOf(world).shadows.push({
        sendId,
        purpose,
        address: other.put.pk,
        at: ledger.at,
        trueAt: world.scheduler.now,
      });
  }
}
