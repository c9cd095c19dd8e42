// Decides what the doctor says of names that are dropped at the door although something still asks for them.
import { dropProblems } from "../../domain/check-drop.ts";
import { usedFacts } from "../../domain/used-facts.ts";
import type { Check } from "./finding.ts";

/** What is live cannot say so itself, publishing refuses it; runs under an earlier revision of a campaign can. */
export const droppedInUse: Check = async ({ catalogue, definitions }) => {
  const { settings, earlier } = catalogue;
  const problems = dropProblems(settings, usedFacts([...definitions, ...earlier]));
  if (problems.length === 0) return [];
  return [
    {
      id: "dropped-in-use",
      level: "problem",
      says: problems.map(({ path, message }) => `${path} ${message.split(";")[0]}.`).join(" "),
      means:
        "People who are in such a campaign under an earlier revision go their way to its end, and what it asks for is unknown for them: unknown never matches.",
      next: [
        {
          words: "Take the names off the list under drop: in relance.yaml until those runs are over, and publish",
          command: "plan",
        },
      ],
    },
  ];
};
