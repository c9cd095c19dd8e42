// Decides which bugs stand in the suite that concern people's own word: consent, choices, erasure, clicks, and what the provider
// tells of their addresses.
import type { Edit, Mutant } from "./plant.ts";

/** One place of one file; paths start below shared/. */
const at = (path: string, find: string, replace: string): Edit => ({ file: `shared/${path}`, find, replace });

const consent: Mutant[] = [
  {
    name: "consent-by-last-word",
    says: "A system that says granted lifts what the person denied.",
    edits: [
      at(
        "domain/consent.ts",
        "if (isSystemGrant(a) !== isSystemGrant(b)) return isSystemGrant(b);",
        "if (isSystemGrant(a)) return a.at > b.at;",
      ),
    ],
    within: 200,
    invariants: ["consent", "I5", "I6"],
  },
  {
    name: "consent-by-the-phones-clock",
    says: "Words on consent are ordered by the clock of whoever said them.",
    edits: [at("domain/consent.ts", "if (!isYesOfPerson) return takenAt;", "if (occurredAt > 0) return occurredAt;")],
    within: 1_000,
    invariants: ["consent", "I5", "I6"],
  },
  {
    name: "form-is-a-system",
    says: "What a person says by a form counts as what a system says about them.",
    edits: [at("domain/consent.ts", 'actor: form === undefined ? "system" : "person"', 'actor: "system"')],
    within: 60,
    invariants: ["consent", "proof"],
  },
  {
    name: "consent-without-proof",
    says: "What a person chooses on their page is stored without a proof.",
    edits: [
      at(
        "pipeline/consent-writes.ts",
        "return [...writes, ...proofOf(profile.id, { before, after })];",
        "return [...writes, ...proofOf(profile.id, { before, after }).slice(1)];",
      ),
    ],
    within: 60,
    invariants: ["proof"],
  },
  {
    name: "pause-ignored",
    says: "A person who wants to hear nothing for a while goes on getting mail.",
    edits: [at("domain/gates/person-pause.ts", "until === undefined || until <= now", "true")],
    within: 200,
    invariants: ["gate", "justified", "order-of-gates"],
  },
  {
    name: "opens-seen-by-default",
    says: "Mails tell that they were opened although the reader never agreed.",
    edits: [
      at(
        "domain/lawful-basis.ts",
        'return basisFor(settings, purpose, country) === "legitimate-interest";',
        'return purpose === "open-tracking" || basisFor(settings, purpose, country) === "legitimate-interest";',
      ),
    ],
    within: 40,
    invariants: ["opens"],
  },
];

const erasure: Mutant[] = [
  {
    name: "erased-by-a-job-alone",
    says: "An erasure closes the address some time later.",
    edits: [
      at("pipeline/erasure/erase.ts", "if (closed !== record.address) writes.push(addressWrite(record, closed));", ""),
    ],
    within: 300,
    invariants: ["I5", "closed", "erasure"],
  },
  {
    name: "sync-brings-back",
    says: "A sync from another system brings back who was erased.",
    edits: [
      at(
        "pipeline/erasure/erased-inputs.ts",
        "if (event.late || event.occurredAt <= erasedAt) return false;",
        "return true;",
      ),
    ],
    within: 250,
    invariants: ["erasure"],
  },
  {
    name: "past-comes-back",
    says: "Who comes back after an erasure gets what happened before it.",
    edits: [at("pipeline/erasure/erased-inputs.ts", "({ event }) => event.occurredAt > since", "() => true")],
    within: 1_500,
    invariants: ["erasure"],
  },
  {
    name: "erasure-forgets-claims",
    says: "An erased person's mails stay named on their address.",
    edits: [at("pipeline/jobs/erasure.ts", "(address) => withoutSends(address, sendIds)", "(address) => address")],
    within: 600,
    invariants: ["I7", "erasure"],
  },
  {
    name: "link-lifts-erasure",
    says: "The tombstone does not keep consent from being written anew.",
    edits: [
      at(
        "pipeline/records/state.ts",
        'found !== undefined && "profile" in found ? found : undefined',
        '(found === undefined || "profile" in found ? found : { profile: { id: profileId, traits: {}, consents: {}, memberships: {}, runs: [], identities: [], version: found.version, activity: {}, counters: {}, foldedBy: {} }, versions: new Map() }) as State | undefined',
      ),
    ],
    within: 300,
    invariants: ["erasure", "consent", "unexpected"],
  },
];

const told: Mutant[] = [
  {
    name: "soft-bounces-for-ever",
    says: "A delivery does not end the row of bounces before it.",
    edits: [at("domain/soft-bounces.ts", ".filter(({ at }) => at > since)", ".filter(() => since > 0 || true)")],
    within: 1_000,
    invariants: ["soft-bounces"],
  },
  {
    name: "rejected-keeps-its-claim",
    says: "A mail that the provider did not send on goes on counting towards the cap.",
    edits: [
      at(
        "pipeline/feedback-writes.ts",
        'if (ledger.state === "REJECTED" && ledger.address !== undefined)',
        "if (ledger.address === undefined && ledger.address !== undefined)",
      ),
    ],
    within: 100,
    invariants: ["I7"],
  },
  {
    name: "list-not-taken-over",
    says: "What stands on the provider's own list is looked at and not closed.",
    edits: [at("pipeline/jobs/suppression-pull.ts", "if (address === undefined) return;", "return;")],
    within: 1_500,
    invariants: ["listed"],
  },
  {
    name: "traps-are-people",
    says: "A click on the link that no person sees counts as a person's.",
    edits: [at("domain/engagement.ts", 'click.sign === "scanner" || isTrapped ||', 'click.sign === "scanner" ||')],
    within: 400,
    invariants: ["click"],
  },
  {
    name: "news-told-twice",
    says: "Feedback that comes twice is told as of two instants.",
    edits: [
      at(
        "pipeline/feedback-news.ts",
        "occurredAt: mayRepeat ? at : (ledger?.feedback?.[kind] ?? at),",
        "occurredAt: at + Math.floor(Math.random() * 1_000),",
      ),
    ],
    within: 200,
    invariants: ["news"],
  },
];

export const people: readonly Mutant[] = [...consent, ...erasure, ...told];
