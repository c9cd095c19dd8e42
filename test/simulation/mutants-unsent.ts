// Decides which bugs stand in the suite that keep a mail from leaving, or say the wrong reason: nothing was sent, so only a
// judgement that is asked for its reasons tells.
import type { Edit, Mutant } from "./plant.ts";

/** One place of one file; paths start below shared/. */
const at = (path: string, find: string, replace: string): Edit => ({ file: `shared/${path}`, find, replace });

export const unsent: readonly Mutant[] = [
  {
    name: "cap-too-strict",
    says: "A frequency cap holds one mail too early.",
    edits: [at("domain/gates/frequency-cap.ts", "instants.at(-max)", "instants.at(1 - max || -1)")],
    within: 30,
    invariants: ["justified"],
  },
  {
    name: "shadow-counts-for-all",
    says: "What held-out people would have got counts towards the caps of everybody.",
    edits: [at("domain/gates/frequency-cap.ts", '(shadow !== true || send.arm !== "treated")', "true")],
    within: 100,
    invariants: ["justified"],
  },
  {
    name: "quiet-hours-refuse",
    says: "A mail of the night is refused instead of waiting for the morning.",
    edits: [at("domain/gates/quiet-hours.ts", "until < expiresAt ?", "false ?")],
    within: 60,
    invariants: ["justified"],
  },
  {
    name: "caps-before-quiet-hours",
    says: "A mail that is refused says the cap where quiet hours object first.",
    edits: [
      at(
        "domain/gate.ts",
        '  "quiet-hours": quietHoursGate,\n  priority: priorityGate,\n  "frequency-cap": frequencyCapGate,',
        '  "frequency-cap": frequencyCapGate,\n  "quiet-hours": quietHoursGate,\n  priority: priorityGate,',
      ),
    ],
    within: 100,
    invariants: ["order-of-gates"],
  },
  {
    name: "soft-bounce-closes",
    says: "A bounce that passes closes the address for good.",
    edits: [
      at(
        "domain/feedback.ts",
        'return kind === "complaint" || kind === "bounce" ? kind : undefined;',
        'return kind === "complaint" || kind === "bounce" ? kind : kind === "soft-bounce" ? "bounce" : undefined;',
      ),
    ],
    within: 80,
    invariants: ["closed"],
  },
  {
    name: "throttled-is-final",
    says: "A mail that the provider throttles is given up as rejected.",
    edits: [
      at(
        "pipeline/outcome.ts",
        'if (refusal.kind === "rejected") {',
        'if (refusal.kind === "rejected" || refusal.kind === "throttled") {',
      ),
    ],
    within: 120,
    invariants: ["outcome"],
  },
  {
    name: "not-settling",
    says: "Somebody of whom nothing is known yet is judged at once, before the facts behind the event have come.",
    edits: [at("domain/admit.ts", "deciding.present < run.dueAt", "false")],
    within: 30,
    invariants: ["intent"],
  },
  {
    name: "import-is-live",
    says: "What is imported as history starts campaigns.",
    edits: [at("pipeline/parse-fact.ts", "fact.history === true || ", "")],
    within: 80,
    invariants: ["I11"],
  },
  {
    name: "slots-without-version",
    says: "Two workers are given the same rate slot.",
    edits: [at("pipeline/rate.ts", "put, if: item === undefined ? { absent: true } : { version }", "put")],
    within: 100,
    invariants: ["rate", "lost-update"],
  },
];
