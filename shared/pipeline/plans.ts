// Decides what a plan is: a draft beside what was live when it was made, what would change, and how it goes live.
import { type Catalogue, compileCatalogue, DEFAULT_CONSTANTS } from "../domain/catalogue.ts";
import { type Definition, placeOf } from "../domain/definition.ts";
import { diffDefinitions } from "../domain/definition-diff.ts";
import { catalogueFacts } from "../domain/forecast-tally.ts";
import { type Loosening, loosenedSettings } from "../domain/loosened-settings.ts";
import { alwaysEveryone } from "../domain/reaches-everyone.ts";
import { activePublication, definitionsOf, loadCatalogue, publish } from "./catalogue-store.ts";
import { countOverdue, keptSince } from "./erasure/retention.ts";
import { Fault } from "./faults.ts";
import { nextNight } from "./jobs/nights.ts";
import { planKey, SCHEMA } from "./keys.ts";
import type { Ports, Table } from "./ports.ts";

/** `base`: the publication it was made against; 0 when nothing was live. */
export type Plan = { id: string; draft: string; base: number; baseRevision?: string };

/** The plan may not go live as it is: `code` says which flag, or that it must be planned anew. */
export class PlanRefused extends Fault {
  constructor(code: "needs_allow_destructive" | "needs_allow_everyone", message: string) {
    super(code, message, { retryable: false });
  }
}

/** Makes a plan of a stored revision, a draft or an earlier publication; the same plan twice is one. `undefined`: no such revision. */
export async function makePlan({ table }: Pick<Ports, "table">, draft: string): Promise<Plan | undefined> {
  if ((await definitionsOf({ table }, draft)) === undefined) return undefined;
  const active = await activePublication({ table });
  const base = active?.seq ?? 0;
  const plan: Plan = {
    id: `${draft.slice(0, 8)}@${base}`,
    draft,
    base,
    ...(active && { baseRevision: active.revision }),
  };
  await table.write({ put: { ...planKey(plan.id), schema: SCHEMA, plan } });
  return plan;
}

export async function loadPlan({ table }: Pick<Ports, "table">, id: string): Promise<Plan | undefined> {
  return (await table.get(planKey(id)))?.["plan"] as Plan | undefined;
}

/** The definitions of both sides; those of the base are none when nothing was live. */
export async function sidesOf({ table }: Pick<Ports, "table">, { draft, baseRevision }: Plan): Promise<Definitions> {
  const base = baseRevision === undefined ? [] : await definitionsOf({ table }, baseRevision);
  return { draft: (await definitionsOf({ table }, draft)) ?? [], base: base ?? [] };
}

/**
 * What a reviewer sees: the changes clause by clause, what ends, what protects people less, what reaches everyone, and whether
 * the live catalogue moved.
 */
export async function planView(ports: Pick<Ports, "table" | "secrets" | "clock">, plan: Plan) {
  const sides = await sidesOf(ports, plan);
  const active = await activePublication(ports);
  const { draft, base } = bothCompiled(sides);
  const dangers = dangersIn(sides, { draft, base });
  const overdue = await overdueBy(ports, draft, dangers.loosens);
  return {
    id: plan.id,
    draft: plan.draft,
    base: plan.base,
    ...(plan.baseRevision !== undefined && { baseRevision: plan.baseRevision }),
    active: active?.seq ?? 0,
    /** Whether exactly this is live, whenever that came about. */
    isLive: active?.revision === plan.draft,
    changes: diffDefinitions(sides.base, sides.draft),
    /** Otherwise without changes: only files, lines or the order of fields differ. */
    sameRevision: plan.draft === plan.baseRevision,
    ...dangers,
    ...(overdue && { overdue }),
    /** Segments whose membership rule is new or another one. */
    segments: draft.segments
      .filter(({ id, ruleHash }) => base?.segmentById.get(id)?.ruleHash !== ruleHash)
      .map(({ id }) => id),
    catalogues: { draft: catalogueFacts(draft), ...(base && { live: catalogueFacts(base) }) },
  };
}

export type PlanView = Awaited<ReturnType<typeof planView>>;

const compileSide = (definitions: Definition[], constants = DEFAULT_CONSTANTS): Catalogue =>
  compileCatalogue(definitions, { revision: "", seq: 0, constants });

type Definitions = { draft: Definition[]; base: Definition[] };
type Compiled = { draft: Catalogue; base: Catalogue | undefined };

const bothCompiled = ({ draft, base }: Definitions): Compiled => ({
  draft: compileSide(draft),
  base: base.length === 0 ? undefined : compileSide(base),
});

/** What must be meant: whoever publishes it says so by a flag. */
function dangersIn(sides: Definitions, { draft, base }: Compiled) {
  return {
    archives: archivedBy(base, draft),
    loosens: loosenedSettings(sides.base, sides.draft),
    everyone: everyoneIn(sides),
  };
}

/** Where people would be kept for a shorter time: how many are to be erased by the coming night, if that is `automatic`. */
async function overdueBy(
  ports: Pick<Ports, "table" | "secrets" | "clock">,
  catalogue: Catalogue,
  loosens: readonly Loosening[],
) {
  if (!loosens.some(({ path }) => path.startsWith("retention."))) return undefined;
  const before = keptSince(catalogue, nextNight(ports.clock.now(), "retention"));
  const { automatic } = catalogue.settings.retention;
  return { automatic, ...(await countOverdue(ports, { catalogue, before })) };
}

type Sides = { draft: Catalogue; live?: Catalogue };

/** Plans never change: the last one is kept compiled, because it is asked about page by page. */
const compiled = new WeakMap<Table, { id: string; sides: Sides }>();

/** Both sides compiled, with the shop's numbers of now. */
export async function compiledSides({ table }: Pick<Ports, "table">, plan: Plan): Promise<Sides> {
  const known = compiled.get(table);
  if (known?.id === plan.id) return known.sides;
  const { draft, base } = await sidesOf({ table }, plan);
  const constants = base.length === 0 ? DEFAULT_CONSTANTS : (await loadCatalogue({ table })).constants;
  const sides = {
    draft: compileSide(draft, constants),
    ...(base.length > 0 && { live: compileSide(base, constants) }),
  };
  compiled.set(table, { id: plan.id, sides });
  return sides;
}

/** Campaigns that speak now and would not any more: their runs end. */
function archivedBy(base: Catalogue | undefined, draft: Catalogue): string[] {
  const spoken = [...(base?.campaigns.values() ?? [])].filter(({ status }) => status !== "archived");
  return spoken.filter(({ id }) => (draft.campaigns.get(id)?.status ?? "archived") === "archived").map(({ id }) => id);
}

/** New or changed definitions that leave nobody out by the way they are written. */
function everyoneIn(sides: Definitions) {
  const before = new Set(alwaysEveryone(sides.base).map(({ kind, id }) => `${kind} ${id}`));
  const found = alwaysEveryone(sides.draft).filter(({ kind, id }) => !before.has(`${kind} ${id}`));
  return found.map((definition) => ({ kind: definition.kind, id: definition.id, place: placeOf(definition, "") }));
}

export type Allowed = { allowDestructive: boolean; allowEveryone: boolean };

/**
 * Publishes exactly what was planned. Throws `catalogue_moved` when something else than the plan's base is live,
 * `PlanRefused` when it needs a flag that was not given.
 */
export async function applyPlan(
  ports: Pick<Ports, "table" | "clock" | "ids">,
  plan: Plan,
  { allowDestructive, allowEveryone, ...told }: Allowed & { by?: string; note?: string },
) {
  const sides = await sidesOf(ports, plan);
  const { archives, loosens, everyone } = dangersIn(sides, bothCompiled(sides));
  if (archives.length + loosens.length > 0 && !allowDestructive) {
    const ends = archives.length === 0 ? [] : [`This ends ${archives.join(", ")}.`];
    const message = [...ends, ...loosens.map(({ path, says }) => `${path}: ${says}`)].join(" ");
    throw new PlanRefused("needs_allow_destructive", `${message} Allow it with --allow-destructive.`);
  }
  if (everyone.length > 0 && !allowEveryone) {
    const names = everyone.map(({ kind, id }) => `${kind} ${id}`).join(", ");
    throw new PlanRefused("needs_allow_everyone", `This reaches everyone: ${names}; allow it with --allow-everyone.`);
  }
  return publish(ports, sides.draft, { base: plan.base, ...told });
}
