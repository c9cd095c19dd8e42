// Decides whether the definitions fit together: ids used once, segments and templates that exist, no segment in a circle.

import { closest } from "../domain/closest.ts";
import type { Json } from "../domain/json.ts";
import { compileSegment, inOrderOfUse } from "../domain/segment.ts";
import { type Reference, sendsOf } from "./campaign-parts.ts";
import { isObject } from "./condition-parts.ts";
import type { Read } from "./read-definition.ts";
import { atField, type SourceProblem } from "./source-problem.ts";
import type { YamlSource } from "./yaml-source.ts";

/** Everything that may name something else. */
export type AllRead = { segments: Read[]; campaigns: Read[]; templates: Read[] };

/** Everything that is wrong between files. */
export function checkReferences({ segments, campaigns, templates }: AllRead): SourceProblem[] {
  const segmentIds = idsOf(segments);
  const templateIds = idsOf(templates);
  return [
    ...duplicates("segment", segments),
    ...duplicates("campaign", campaigns),
    ...[...segments, ...campaigns].flatMap(({ source }) => (source ? unknownSegments(source, segmentIds) : [])),
    ...campaigns.flatMap(({ source }) => (source ? unknownTriggers(source, segmentIds) : [])),
    ...campaigns.flatMap(({ source }) => (source ? unknownTemplates(source, templateIds) : [])),
    ...circle(segments),
  ];
}

/** Whether any campaign that is marketing, or none at all, sends the template. */
export function isForMarketing(template: string, campaigns: Read[]): boolean {
  const senders = campaigns.flatMap(({ source }) =>
    source && sendsOf(source.body).some(({ id }) => id === template) ? [source.body["purpose"]] : [],
  );
  return senders.length === 0 || senders.some((purpose) => purpose !== "service");
}

const idsOf = (reads: Read[]): string[] => reads.flatMap(({ id }) => id ?? []);

function duplicates(kind: string, reads: Read[]): SourceProblem[] {
  const first = new Map<string, string>();
  return reads.flatMap(({ id, source }) => {
    if (id === undefined || source === undefined) return [];
    const other = first.get(id);
    if (other === undefined) {
      first.set(id, source.file);
      return [];
    }
    const message = `is ${id}, which ${other} is already; give this one another id`;
    return [atField(source, { code: "duplicate_id", path: kind, message })];
  });
}

function segmentsUsed(value: Json | undefined, path: string): Reference[] {
  if (typeof value !== "object" || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((part, index) => segmentsUsed(part, `${path}[${index}]`));
  return Object.entries(value).flatMap(([key, part]) => {
    const at = path === "" ? key : `${path}.${key}`;
    return key === "inSegment" && typeof part === "string" ? [{ id: part, path: at }] : segmentsUsed(part, at);
  });
}

/** The segments that trigger a campaign, or that it is sent to. */
function triggersOf({ body }: YamlSource): Reference[] {
  const on = isObject(body["on"]) ? body["on"] : {};
  return ["entered", "left", "segment"].flatMap((key) => {
    const id = on[key];
    return typeof id === "string" ? [{ id, path: `on.${key}` }] : [];
  });
}

function unknownSegments(source: YamlSource, known: string[]): SourceProblem[] {
  return segmentsUsed(source.body, "").flatMap(({ id, path }) =>
    known.includes(id) ? [] : [atField(source, unknown("segment", { id, path }, known))],
  );
}

function unknownTriggers(source: YamlSource, known: string[]): SourceProblem[] {
  return triggersOf(source).flatMap(({ id, path }) =>
    known.includes(id) ? [] : [atField(source, unknown("segment", { id, path }, known))],
  );
}

function unknownTemplates(source: YamlSource, known: string[]): SourceProblem[] {
  return sendsOf(source.body).flatMap(({ id, path }) =>
    known.includes(id) ? [] : [atField(source, unknown("template", { id, path }, known))],
  );
}

function unknown(kind: "segment" | "template", { id, path }: Reference, known: string[]) {
  const nearest = closest(id, known);
  const folder = kind === "segment" ? `segments/${id}.yaml` : `templates/${id}/template.yaml`;
  const hint = nearest === undefined ? `write it in ${folder}` : `did you mean ${nearest}?`;
  return { code: `unknown_${kind}`, path, message: `names the ${kind} ${id}, which does not exist; ${hint}` };
}

/** Reported at the rule that closes the circle. */
function circle(reads: Read[]): SourceProblem[] {
  const sound = reads.flatMap(({ definition }) => definition ?? []);
  const segments = sound.map((definition) => compileSegment(definition, { counters: [], segments: [] }));
  const { cycle } = inOrderOfUse(segments);
  const [last, back] = (cycle ?? []).slice(-2);
  const source = reads.find(({ id }) => id === last)?.source;
  if (cycle === undefined || source === undefined) return [];
  const path = segmentsUsed(source.body, "").find(({ id }) => id === back)?.path ?? "where";
  const message = `leads in a circle: ${cycle.join(" → ")}; a segment cannot depend on itself`;
  return [atField(source, { code: "segment_circle", path, message })];
}
