// Decides what the checks are told beside commits: what the provider answered and reports, what was taken in, and what people
// and operators begin.
import type { Write } from "../../../shared/pipeline/ports.ts";
import type { World } from "../stage.ts";
import { checkClosedNow } from "./closing.ts";
import { pastOf } from "./past.ts";

/** The provider said a definite no. */
export function noteRefused(world: World, sendId: string, kind: string): void {
  const { refusals } = pastOf(world);
  refusals.set(sendId, [...(refusals.get(sendId) ?? []), { kind, at: world.scheduler.now }]);
}

/** The provider is about to tell of a mail: "Bounce" is one for good, "Bounce soft" passes. */
export function noteReport(world: World, to: string, kind: string): void {
  pastOf(world).reported.add(`${kind} ${world.observer.pkOf(to)}`);
}

/** Feedback was taken in for good. */
export function noteHeard(world: World, body: unknown): void {
  const { eventType, mail, bounce } = JSON.parse((body as { Message: string }).Message);
  pastOf(world).heard.add(`${eventType} ${mail.tags.sid[0]}`);
  const closes = eventType === "Complaint" || bounce?.bounceType === "Permanent";
  if (closes) checkClosedNow(world, world.observer.pkOf(mail.destination[0]), "all");
}

type Begun = { kind: "pause" | "resume"; what: string } | { kind: "suppress"; email: string };

export function noteBegun(world: World, action: Begun): void {
  pastOf(world).begun.add(
    "what" in action ? `${action.kind} ${action.what}` : `suppress ${world.observer.pkOf(action.email)}`,
  );
}

export function noteLeaving(world: World, profileId: string, purpose: string): void {
  pastOf(world).begun.add(`unsubscribe ${profileId} ${purpose}`);
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
