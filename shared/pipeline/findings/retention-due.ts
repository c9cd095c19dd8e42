// Decides what the doctor says of people who are kept longer than the shop wants to.
import { countOverdue, keptSince } from "../erasure/retention.ts";
import type { Check } from "./finding.ts";

export const retentionDue: Check = async ({ ports, catalogue }) => {
  const { after, automatic } = catalogue.settings.retention;
  if (automatic) return [];
  const before = keptSince(catalogue, ports.clock.now());
  const { overdue, looked, isAll } = await countOverdue(ports, { catalogue, before });
  if (overdue === 0) return [];
  return [
    {
      id: "retention-due",
      level: "advice",
      says: `${overdue} of ${looked} ${isAll ? "people" : "people looked at"} did nothing themselves for ${after}, and nobody erases them.`,
      means:
        "They are kept longer than relance.yaml says (retention). A purchase, a click or a choice counts as an act, an open does not.",
      next: [
        { words: "See who they are, by opaque id, and erase them", command: "retention" },
        {
          words: "Or have it done every night, in relance.yaml",
          yaml: `retention: { after: ${after}, automatic: true }\n`,
        },
      ],
    },
  ];
};
