// Decides how the doctor's findings read: what is, what that means, and what to do, ready to be copied.
import type { Finding, NextStep } from "../shared/pipeline/findings/finding.ts";
import type { DoctorView } from "../shared/pipeline/views/doctor.ts";
import { countText } from "./output.ts";

const RELANCE = "npm run relance --";

export function doctorText({ checked, sample, findings }: DoctorView): string {
  const looked = `Checked: ${checked.join(", ")}; ${countText(sample.profiles, "profile")} and ${countText(sample.events, "recent event")} looked at.`;
  if (findings.length === 0) return `${looked}\nNothing to say.`;
  return [...findings.map(findingText), looked].join("\n\n");
}

function findingText({ level, says, means, next }: Finding): string {
  const mark = level === "problem" ? "Problem" : "Advice";
  return [`${mark}: ${says}`, `  ${means}`, ...next.flatMap(stepLines)].join("\n");
}

function stepLines({ words, command, yaml }: NextStep): string[] {
  const lines = (yaml ?? "").trimEnd().split("\n");
  return [
    `  - ${words}${command === undefined && yaml === undefined ? "." : ":"}`,
    ...(command === undefined ? [] : [`      ${RELANCE} ${command}`]),
    ...(yaml === undefined ? [] : lines.map((line) => `      ${line}`)),
  ];
}
