// Decides how a person's consents are shown: what holds for each purpose and on which basis, and the proof of every change.
import { type Consent, consentPurposes } from "../../domain/consent.ts";
import { iso } from "../../domain/instant.ts";
import { basisFor } from "../../domain/lawful-basis.ts";
import { countryOf } from "../../domain/trait.ts";
import { loadCatalogue } from "../catalogue-store.ts";
import type { Ports } from "../ports.ts";
import { type Proof, readProofs } from "../records/consent-proof.ts";
import { loadState } from "../records/state.ts";
import { closedView } from "./timeline.ts";

/** One word; `by` is "source/id" of an event, "person/send id" of a mail whose link was used, or "company/who". */
export type WordView = {
  purpose: string;
  channel: string;
  state: Consent["state"];
  at: string;
  actor: "person" | "system";
  by: string;
  how?: string;
  wording?: string;
  saidAt?: string;
};
export type ProofView = WordView & { source?: string; before?: Consent["state"] };
/** What holds for a purpose; `said` is absent where nobody has said anything. `basis`: what it rests on where they live. */
export type PurposeView = { purpose: string; basis: "consent" | "legitimate-interest"; said?: WordView };
/** `address`: what keeps mail from the address they have now, whatever holds for the person. */
export type ConsentsView = {
  consents: PurposeView[];
  address: { suppressions?: Instants; optOuts?: Instants; pausedUntil?: Instants };
  proofs: ProofView[];
};
type Instants = Record<string, string>;

/** What holds and what was said, oldest first; `undefined` when there is no such profile. */
export async function consentsView(ports: Ports, profileId: string): Promise<ConsentsView | undefined> {
  const [state, { settings }] = await Promise.all([loadState(ports, profileId), loadCatalogue(ports)]);
  if (state === undefined) return undefined;
  const { consents, traits } = state.profile;
  const purposes = new Set([...consentPurposes, ...Object.keys(consents)]);
  const views = [...purposes].map((purpose): PurposeView => {
    const said = consents[purpose];
    const basis = basisFor(settings, purpose, countryOf(traits));
    return { purpose, basis, ...(said !== undefined && { said: wordView(said) }) };
  });
  const address = await closedView(ports, state.profile);
  return { consents: views, address, proofs: await proofsOf(ports, profileId) };
}

/** The proof of every change of a consent, oldest first. */
export async function proofsOf(ports: Pick<Ports, "table">, profileId: string): Promise<ProofView[]> {
  return (await readProofs(ports, profileId)).map(proofView);
}

function proofView({ source, before, ...said }: Proof): ProofView {
  return {
    ...wordView(said),
    ...(source !== undefined && { source }),
    ...(before !== undefined && { before }),
  };
}

function wordView({ purpose, channel, state, at, by, actor = "system", how, wording, saidAt }: Consent): WordView {
  return {
    ...{ purpose, channel, state, at: iso(at), actor, by },
    ...(how !== undefined && { how }),
    ...(wording !== undefined && { wording }),
    ...(saidAt !== undefined && { saidAt: iso(saidAt) }),
  };
}
