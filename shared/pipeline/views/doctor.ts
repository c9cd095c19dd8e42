// Decides what the doctor looks at: one check per kind of finding, and a check that fails is a finding too.
import { iso } from "../../domain/instant.ts";
import { usedFacts } from "../../domain/used-facts.ts";
import { definitionsOf, loadCatalogue } from "../catalogue-store.ts";
import { errorText } from "../error-text.ts";
import { Fault } from "../faults.ts";
import { consentSources } from "../findings/consent-sources.ts";
import { droppedInUse } from "../findings/dropped-in-use.ts";
import type { Check, Examined, Finding } from "../findings/finding.ts";
import { mailProvider } from "../findings/mail-provider.ts";
import { openTracking } from "../findings/open-tracking.ts";
import { retentionDue } from "../findings/retention-due.ts";
import { unusedFacts } from "../findings/unused-facts.ts";
import type { Ports } from "../ports.ts";
import { takeSample } from "./minimisation.ts";

/** To add a finding: one file in findings/, one line here. */
const checks: Record<string, Check> = {
  "mail provider": mailProvider,
  "dropped names": droppedInUse,
  "consent forms": consentSources,
  "open tracking": openTracking,
  retention: retentionDue,
  "unused data": unusedFacts,
};

/** What was found, problems first; `checked`: everything that was looked for. */
export type DoctorView = {
  now: string;
  checked: string[];
  sample: { profiles: number; events: number };
  findings: Finding[];
};

/** Looks at everything, changes nothing. Cost: about 3,000 read units, mostly for the sample and for retention. */
export async function doctorView(ports: Ports): Promise<DoctorView> {
  const catalogue = await loadCatalogue(ports);
  const definitions = (await definitionsOf(ports, catalogue.revision)) ?? [];
  const sample = await takeSample(ports);
  const examined: Examined = { ports, catalogue, definitions, used: usedFacts(definitions), sample };
  const found = await Promise.all(Object.entries(checks).map(([name, check]) => checked(name, check, examined)));
  return {
    now: iso(ports.clock.now()),
    checked: Object.keys(checks),
    sample: { profiles: sample.profiles.length, events: sample.events.length },
    findings: found.flat().toSorted((a, b) => Number(a.level === "advice") - Number(b.level === "advice")),
  };
}

/** What fails, or is out of reach, keeps nobody from hearing the rest. */
async function checked(name: string, check: Check, examined: Examined): Promise<Finding[]> {
  try {
    return await check(examined);
  } catch (error) {
    const { ports } = examined;
    const isPassing = error instanceof Fault && error.retryable;
    if (!isPassing) ports.log.error("check failed", { check: name, error: errorText(error) });
    // Other errors' own words may quote what was looked at.
    const why = error instanceof Fault ? error.message : "something went wrong, and the log says where.";
    return [
      {
        id: "not-checked",
        level: "problem",
        says: `The check "${name}" could not be made: ${why}`,
        means: "What it looks for is not known now.",
        next: isPassing
          ? [{ words: "Ask again in a minute", command: "doctor" }]
          : [{ words: "Read what the log says of it; the other findings hold" }],
      },
    ];
  }
}
