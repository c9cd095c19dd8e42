// Decides how a marketing folder becomes a plan: read, checked, stored as a draft and set against what is live.
import { errorsIn } from "../../shared/authoring/source-problem.ts";
import type { Definition } from "../../shared/domain/definition.ts";
import { definitionHash } from "../../shared/domain/definition.ts";
import type { PlanView } from "../../shared/pipeline/plans.ts";
import type { Client } from "../client.ts";
import { type Environment, givenPath } from "../environment.ts";
import { BrokenMarketing, readForData } from "../host/publish-folder.ts";

/** A request may carry six megabytes; whatever is more goes in parts. */
const PART_BYTES = 3_000_000;

/** Plans a folder; throws `BrokenMarketing` when it has problems. */
export async function planFolder(client: Client, environment: Environment, shownAs: string): Promise<PlanView> {
  const folder = { path: givenPath(shownAs, environment), shownAs };
  const { definitions, problems } = await readForData(folder, environment.folder);
  const errors = errorsIn(problems);
  if (errors.length > 0) throw new BrokenMarketing(folder, errors);
  const { revision } = await sendDraft(client, definitions);
  return client.post<PlanView>("/api/plans", { draft: revision });
}

/** Where the live catalogue is: a server's address, or the data folder. */
export const whereText = ({ server }: Client, { folder }: Environment): string => server ?? folder;

/** From what to what: the first line of every plan. */
export function againstText({ id, base, baseRevision }: PlanView, from: string, where: string): string {
  const live =
    baseRevision === undefined ? "nothing published yet" : `publication ${base} (${baseRevision.slice(0, 8)})`;
  return `Plan ${id}: ${from} against ${live} in ${where}`;
}

async function sendDraft(client: Client, definitions: Definition[]): Promise<{ revision: string }> {
  const parts = partsOf(definitions);
  if (parts.length === 1) return client.post("/api/drafts", { definitions });
  for (const part of parts) await client.post("/api/definitions", { definitions: part });
  return client.post("/api/drafts", { definitions: definitions.map(definitionHash) });
}

function partsOf(definitions: Definition[]): Definition[][] {
  const parts: Definition[][] = [[]];
  let bytes = 0;
  for (const definition of definitions) {
    const size = Buffer.byteLength(JSON.stringify(definition));
    if (bytes > 0 && bytes + size > PART_BYTES) {
      parts.push([]);
      bytes = 0;
    }
    parts.at(-1)?.push(definition);
    bytes += size;
  }
  return parts;
}
