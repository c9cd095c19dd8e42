// Decides how words on consent are proved: each that changed something is an item of its own, never written again.
import { type Consent, type ConsentChange, isAnotherWord } from "../../domain/consent.ts";
import type { Effect } from "../../domain/effect.ts";
import { PROOF, profilePk, proofKey, SCHEMA } from "../keys.ts";
import { itemsOfRange } from "../pages.ts";
import type { Ports, Write } from "../ports.ts";

/**
 * A word on consent, with what it changed: the state before; absent where nobody had said anything. `source`: of the event that
 * said so; absent where it was said to Relance itself.
 */
export type Proof = Consent & { source?: string; before?: Consent["state"] };

/** The proof of a word; none where it only said the same once more. */
export function proofOf(profileId: string, { before, after, source }: ConsentChange & { source?: string }): Write[] {
  if (!isAnotherWord(before, after)) return [];
  const proof: Proof = {
    ...after,
    ...(source !== undefined && { source }),
    ...(before !== undefined && { before: before.state }),
  };
  return [{ put: { ...proofKey(profileId, after), schema: SCHEMA, proof } }];
}

/** The proof of what a decision heard. */
export const proofWrites = (profileId: string, effect: Effect): Write[] =>
  effect.kind === "consent-changed" ? proofOf(profileId, effect) : [];

/** Every word that changed a consent of the profile, by when it was accepted (1 read unit per 4 KB). */
export async function readProofs({ table }: Pick<Ports, "table">, profileId: string): Promise<Proof[]> {
  const proofs: Proof[] = [];
  for await (const items of itemsOfRange(table, { pk: profilePk(profileId), prefix: PROOF }))
    proofs.push(...items.map((item) => item["proof"] as unknown as Proof));
  return proofs.sort((a, b) => a.at - b.at);
}
