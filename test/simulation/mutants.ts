// Decides which bugs stand in the suite: each is planted in the real code, and the simulation must find it soon enough.
import { people } from "./mutants-people.ts";
import { unsent } from "./mutants-unsent.ts";
import type { Edit, Mutant } from "./plant.ts";

/** One place of one file; paths start below shared/. */
const at = (path: string, find: string, replace: string): Edit => ({ file: `shared/${path}`, find, replace });

const reacting: Mutant[] = [
  {
    name: "dedupe-five-minutes",
    says: "An event that comes again more than five minutes later counts as another one.",
    edits: [
      at(
        "domain/deciding.ts",
        "withoutBars(event.id)}`",
        "withoutBars(event.id)}#` + Math.floor(event.receivedAt / 300_000)",
      ),
    ],
    within: 60,
    invariants: ["I2"],
  },
  {
    name: "poison-acks-batch",
    says: "A batch with a message that fails is acknowledged whole.",
    edits: [at("pipeline/react.ts", "return applied.retry;", "return [];")],
    within: 50,
    invariants: ["I2"],
  },
  {
    name: "dedupe-before-effect",
    says: "Events are recorded as seen before what follows from them is committed.",
    edits: [
      at(
        "pipeline/apply-to-profile.ts",
        "await shell.ports.table.transact(prepared.parts.map((part) => part.write));",
        `for (const part of prepared.parts.filter(({ kind }) => kind === "event")) {
           try { await shell.ports.table.write(part.write); }
           catch (error) {
             if (error.code !== "condition_failed") throw error;
             outcome.duplicates.add(part.messageId);
             return undefined;
           }
         }
         await shell.ports.table.transact(prepared.parts.filter(({ kind }) => kind !== "event").map(({ write }) => write));`,
      ),
    ],
    within: 20,
    invariants: ["I2", "I10"],
  },
  {
    name: "profile-without-version",
    says: "A profile is written without asking whether somebody else wrote it meanwhile.",
    edits: [at("pipeline/records/state.ts", 'if: guard("STATE#PROFILE")', "...{}")],
    within: 600,
    invariants: ["I2", "I10"],
  },
  {
    name: "entry-not-absent",
    says: "An entry and its send are written although they are there already.",
    edits: [
      at("pipeline/transaction-parts.ts", "isNew ? ({ absent: true } as const)", "isNew ? undefined"),
      at(
        "pipeline/transaction-parts.ts",
        "put: intendedItem(effect.send), if: { absent: true }",
        "put: intendedItem(effect.send)",
      ),
    ],
    within: 800,
    invariants: ["I1"],
  },
  {
    name: "wake-up-lost",
    says: "A run that waits is stored without its due time.",
    edits: [at("pipeline/records/state.ts", '...(run.state !== "held" && due(', '...(run.state === "held" && due(')],
    within: 30,
    invariants: ["I17"],
  },
  {
    name: "intent-off-the-index",
    says: "An intended send waits for its message alone: a lost message is a lost mail.",
    edits: [at("pipeline/records/send-record.ts", "...sendDue(send, send.intendedAt + SEND_LEASE_MS),", "")],
    within: 20,
    invariants: ["due-index", "I3"],
  },
  {
    name: "history-triggers",
    says: "Late and imported events start campaigns.",
    edits: [at("domain/decide.ts", 'input?.kind === "event" && !input.event.late', 'input?.kind === "event"')],
    within: 80,
    invariants: ["I11"],
  },
  {
    name: "birthday-again",
    says: "A birthday that is changed is celebrated again in the same year.",
    edits: [at("domain/birthday.ts", "(when.reachedYear ?? 0) + 1", "0")],
    within: 150,
    invariants: ["I14"],
  },
];

const gating: Mutant[] = [
  {
    name: "consent-at-intent",
    says: "What a person said after a send was intended does not count for it.",
    edits: [
      at(
        "domain/gates/consent.ts",
        "if (consent !== undefined) return",
        "if (consent !== undefined && consent.at <= send.intendedAt) return",
      ),
      at(
        "domain/gates/suppression.ts",
        "address.optOuts[send.purpose] === undefined",
        "!(address.optOuts[send.purpose] <= send.intendedAt)",
      ),
    ],
    within: 150,
    invariants: ["I5"],
  },
  {
    name: "quiet-hours-fail-open",
    says: "Mail to people whose zone nobody knows leaves at any hour.",
    edits: [
      at("domain/person-facts.ts", "zone: zoneOf(", 'zone: traits["timezone"] === undefined ? "" : zoneOf('),
      at("domain/gates/quiet-hours.ts", "hours === undefined ?", 'hours === undefined || zone === "" ?'),
    ],
    within: 80,
    invariants: ["I8"],
  },
  {
    name: "quiet-hours-wrong-zone",
    says: "Quiet hours are those of the shop, not those where the person lives.",
    edits: [at("domain/person-facts.ts", "zone: zoneOf(traits, timezone)", "zone: timezone.default")],
    within: 100,
    invariants: ["I8"],
  },
  {
    name: "cap-by-calendar",
    says: "A frequency cap starts anew at fixed hours instead of counting back from now.",
    edits: [
      at(
        "domain/gates/frequency-cap.ts",
        "claim.at > now - windowMs",
        "claim.at >= Math.floor(now / windowMs) * windowMs",
      ),
    ],
    within: 80,
    invariants: ["I7"],
  },
  {
    name: "priority-ignored",
    says: "A mail leaves before a more urgent one to the same address.",
    edits: [at("domain/gates/priority.ts", "rivalOf(send, address.waiting, now) === undefined", "true")],
    within: 60,
    invariants: ["priority"],
  },
  {
    name: "holdout-mailed",
    says: "Who is held out of a campaign gets its mails.",
    edits: [at("domain/gates/holdout.ts", 'send.arm === "treated"', 'send.arm !== "global-holdout"')],
    within: 80,
    invariants: ["holdout"],
  },
  {
    name: "expiry-ignored",
    says: "A mail that is not worth sending any more is sent.",
    edits: [at("domain/gates/expiry.ts", "now >= send.expiresAt", "false")],
    within: 200,
    invariants: ["expiry"],
  },
];

const delivering: Mutant[] = [
  {
    name: "no-claim",
    says: "A mail is handed to the provider without being claimed.",
    edits: [
      at(
        "pipeline/deliver.ts",
        "const claimed = await claim(ports, loaded, now);",
        'const claimed = { ...record, ledger: { ...record.ledger, state: "CLAIMED", at: now, attempts: 1 } };',
      ),
    ],
    within: 20,
    invariants: ["I1", "I4"],
  },
  {
    name: "cap-check-then-write",
    says: "A claim is put on the address without asking whether the address changed since it was read.",
    edits: [
      at(
        "pipeline/claim.ts",
        "record, ledger, until), if: { version: record.version } },\n      addressWrite({ key, address }, claimed)",
        "record, ledger, until), if: { version: record.version } },\n      { put: addressWrite({ key, address }, claimed).put }",
      ),
    ],
    within: 120,
    invariants: ["I7"],
  },
  {
    name: "claim-before-slot",
    says: "A mail is claimed first and then waits for its rate slot.",
    edits: [
      at("pipeline/deliver.ts", "await waitForSlot(batch, pointer.slotAt);", ""),
      at(
        "pipeline/deliver.ts",
        "const outcome = await callMailer(",
        "await waitForSlot(batch, pointer.slotAt); const outcome = await callMailer(",
      ),
    ],
    within: 20,
    invariants: ["at-once"],
  },
  {
    name: "ceiling-check-then-act",
    says: "A daily ceiling is counted up without asking whether somebody else counted meanwhile.",
    edits: [at("pipeline/ceilings.ts", "put, if: item === undefined ? { absent: true } : { version }", "put")],
    within: 800,
    invariants: ["ceiling"],
  },
  {
    name: "switches-cached",
    says: "Workers of one process go by stop switches that one of them read up to a minute ago.",
    edits: [
      at("pipeline/stop-state.ts", "let reading: Promise<Stops> | undefined;", ""),
      at("pipeline/stop-state.ts", "let readAt = Number.NEGATIVE_INFINITY;", ""),
      at(
        "pipeline/stop-state.ts",
        "STOPS_FRESH_MS = 0.5 * SECOND_MS;",
        "STOPS_FRESH_MS = 60 * SECOND_MS; let reading; let readAt = Number.NEGATIVE_INFINITY;",
      ),
    ],
    within: 80,
    invariants: ["I9"],
  },
  {
    name: "pause-does-not-wait",
    says: "A pause answers at once, while workers go by switches they read some seconds before.",
    edits: [
      at("pipeline/stop-switch.ts", "await ports.clock.sleepUntil(now + PAUSE_GRACE_MS);", "{}"),
      at("pipeline/stop-state.ts", "STOPS_FRESH_MS = 0.5 * SECOND_MS;", "STOPS_FRESH_MS = 4 * SECOND_MS;"),
    ],
    within: 600,
    invariants: ["I9"],
  },
  {
    name: "tick-without-lease",
    says: "What is due is handed out every minute until it is done.",
    edits: [
      at(
        "pipeline/tick.ts",
        "await table.write({ put, if: { version } });\n    return version + 1;",
        "return version;",
      ),
    ],
    within: 80,
    invariants: ["I18"],
  },
];

const concluding: Mutant[] = [
  {
    name: "resend-on-lease-expiry",
    says: "A claimed mail of which nothing is known is sent again.",
    edits: [at("pipeline/outcome.ts", 'if (known === "unknowable") {', "if (false) {")],
    within: 150,
    invariants: ["I1", "I7"],
  },
  {
    name: "timeout-is-a-no",
    says: "A provider that does not answer is taken to have refused.",
    edits: [at("pipeline/outcome.ts", "if (error instanceof MailRefused) {", "if (true) {")],
    within: 150,
    invariants: ["I1", "I7"],
  },
  {
    name: "service-sent-for-ever",
    says: "A service mail whose outcome stays unknown is sent again and again.",
    edits: [at("pipeline/outcome.ts", 'send.purpose === "marketing" || ledger.resent', 'send.purpose === "marketing"')],
    within: 2_000,
    invariants: ["I1"],
  },
  {
    name: "unknown-sent-again",
    says: "A marketing mail whose outcome stayed unknown is sent once more.",
    edits: [at("pipeline/outcome.ts", 'send.purpose === "marketing" || ledger.resent', "ledger.resent")],
    within: 300,
    invariants: ["I1"],
  },
  {
    name: "cap-not-refunded",
    says: "A mail that the provider refused goes on counting towards the cap.",
    edits: [at("pipeline/claim.ts", "withoutClaim(address, send.id, ledger.at)", "address")],
    within: 60,
    invariants: ["I7"],
  },
  {
    name: "feedback-by-arrival",
    says: "A delivery that is told after a bounce makes the address good again.",
    edits: [
      at(
        "pipeline/feedback-writes.ts",
        "const reason = suppressionOf(feedback);",
        'if (feedback.kind === "delivery") for (const key of keys) await changeAddress(ports, key, (address) => ({ ...address, suppressions: {} }));' +
          "const reason = suppressionOf(feedback);",
      ),
    ],
    within: 100,
    invariants: ["I5", "I6"],
  },
  {
    name: "bounce-forgotten",
    says: "A hard bounce is noted on the send only; the address gets more mail.",
    edits: [
      at(
        "domain/feedback.ts",
        'return kind === "complaint" || kind === "bounce" ? kind : undefined;',
        'return kind === "complaint" ? kind : undefined;',
      ),
    ],
    within: 150,
    invariants: ["I5", "I6"],
  },
  {
    name: "opt-out-of-profile-only",
    says: "An opt-out is noted on the profile only: others with the same address go on getting mail there.",
    edits: [at("pipeline/consent-writes.ts", "new Set([claimed, current])", "new Set<string>([])")],
    within: 400,
    invariants: ["I5", "I6", "closed"],
  },
  {
    name: "claim-without-lease",
    says: "A claimed send leaves the due index: after a crash nobody asks what became of it.",
    edits: [at("pipeline/claim.ts", "sendItem(record, ledger, until)", "sendItem(record, ledger)")],
    within: 20,
    invariants: ["due-index", "I3"],
  },
];

/** All of them; names are used on the command line. */
export const mutants: readonly Mutant[] = [...reacting, ...gating, ...delivering, ...concluding, ...unsent, ...people];
