// Decides how changes read to a reviewer: + came, - went, ~ changed, clause by clause with the place in the file.
import type { ClauseChange, DefinitionDiff } from "../../shared/domain/definition-diff.ts";
import type { Json } from "../../shared/domain/json.ts";
import type { PlanView } from "../../shared/pipeline/plans.ts";
import { countText, numberText } from "../output.ts";

const SIGN = { added: "+", removed: "-", changed: "~" } as const;
const MOST_LETTERS = 100;

/** Every changed definition with its clauses, and the counts; or that nothing changes. */
export function diffText({ changes, sameRevision }: Pick<PlanView, "changes" | "sameRevision">): string {
  if (changes.length === 0)
    return sameRevision
      ? "Nothing changes: what is live is exactly this."
      : "Nothing changes in meaning: only files, lines or the order of fields differ.";
  return [...changes.flatMap(definitionLines), "", countsText(changes)].join("\n");
}

/** `+1 ~2 -0 campaigns, ~1 segment`: kinds that have a change. */
export function countsText(changes: readonly Pick<DefinitionDiff, "kind" | "change">[]): string {
  const kinds = [...new Set(changes.map(({ kind }) => kind))];
  const parts = kinds.map((kind) => {
    const of = (change: DefinitionDiff["change"]) =>
      changes.filter((one) => one.kind === kind && one.change === change).length;
    return `+${of("added")} ~${of("changed")} -${of("removed")} ${kind === "settings" ? kind : `${kind}s`}`;
  });
  return parts.join(", ");
}

function definitionLines({ kind, id, title, file, change, changes }: DefinitionDiff): string[] {
  const ends = change === "removed" && kind === "campaign" ? ": archived, its runs end" : "";
  const name = kind === "settings" ? "settings" : `${kind} ${id}`;
  const head = `  ${SIGN[change]} ${name}${title === undefined ? "" : ` "${title}"`}${ends}`;
  return [`${head}  ${file}`, ...changes.map(clauseLine)];
}

function clauseLine({ path, place, kind, before, after }: ClauseChange): string {
  const value =
    kind === "changed" ? `${valueText(before)} → ${valueText(after)}` : valueText(kind === "added" ? after : before);
  return `      ${SIGN[kind]} ${path}: ${value}  ${place}`;
}

/** As it would be written in one line of YAML; long ones are cut. */
export function valueText(value: Json | undefined): string {
  const text = flowText(value ?? null);
  return text.length > MOST_LETTERS ? `${text.slice(0, MOST_LETTERS)}…` : text;
}

function flowText(value: Json): string {
  if (typeof value === "string") return /^[\w][\w .,:/@%-]*$/.test(value) ? value : JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(flowText).join(", ")}]`;
  if (typeof value !== "object" || value === null) return String(value);
  const fields = Object.entries(value).map(([name, field]) => `${name}: ${flowText(field)}`);
  return `{ ${fields.join(", ")} }`;
}

/** What a plan would end, where it would protect people less, and whom it would reach without a word about it. */
export function warningLines(
  { archives, loosens, overdue, everyone }: Pick<PlanView, "archives" | "loosens" | "overdue" | "everyone">,
  { runs, segments }: { runs?: Record<string, number>; segments: string[] },
): string[] {
  const ending = archives.map((id) => {
    const live = runs === undefined ? "" : ` (${countText(runs[id] ?? 0, "live run")} would end)`;
    return `  ! campaign ${id} is archived${live}: apply needs --allow-destructive`;
  });
  const written = everyone.map(({ kind, id, place }) => `${kind} ${id}, by the way it is written (${place})`);
  const found = segments
    .filter((id) => !everyone.some((one) => one.kind === "segment" && one.id === id))
    .map((id) => `segment ${id}, every profile there is`);
  return [
    ...ending,
    ...loosens.map(({ path, says, place }) => `  ! ${path}: ${says} (${place}); apply needs --allow-destructive`),
    ...(overdue === undefined ? [] : [overdueLine(overdue)]),
    ...[...written, ...found].map((who) => `  ! reaches everyone: ${who}; apply needs --allow-everyone`),
  ];
}

function overdueLine({ overdue, looked, isAll, automatic }: NonNullable<PlanView["overdue"]>): string {
  const who = `${numberText(overdue)} of ${isAll ? countText(looked, "person", "people") : `${numberText(looked)} people looked at`}`;
  return automatic
    ? `  ! ${who} would be erased in the coming night; with automatic: false, relance retention lists them first`
    : `  ! ${who} could then be erased by relance retention --erase; relance retention lists them`;
}
