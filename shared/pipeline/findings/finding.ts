// Decides what a finding of the doctor is, and what the checks behind it may look at.
import type { Catalogue } from "../../domain/catalogue.ts";
import type { Definition } from "../../domain/definition.ts";
import type { UsedFacts } from "../../domain/used-facts.ts";
import type { Ports } from "../ports.ts";
import type { Sample } from "../views/minimisation.ts";

/** One thing to do: in words, with the command or the lines of a file where there are such. */
export type NextStep = { words: string; command?: string; yaml?: string };

/** `problem`: something is not as it was meant. `advice`: it could be better. `id` is for machines and stays. */
export type Finding = {
  id: string;
  level: "problem" | "advice";
  says: string;
  means: string;
  next: NextStep[];
};

/** What every check sees; `definitions` are those that are live. */
export type Examined = {
  ports: Ports;
  catalogue: Catalogue;
  definitions: Definition[];
  used: UsedFacts;
  sample: Sample;
};

/** Looks for one kind of finding. */
export type Check = (examined: Examined) => Promise<Finding[]>;
