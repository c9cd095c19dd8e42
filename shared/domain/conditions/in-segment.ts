// Decides membership conditions: { inSegment: repeat-buyers }.
import { leaf, type Operator } from "../clause.ts";

export const inSegment: Operator = {
  key: "inSegment",
  check: (condition, path) =>
    typeof condition["inSegment"] === "string"
      ? []
      : [{ code: "not_a_segment", path: `${path}.inSegment`, message: "must be the id of a segment" }],
  compile: (condition, { path, needs }) => {
    const id = condition["inSegment"] as string;
    needs.segments.push(id);
    return leaf(path, `in segment ${id}`, {
      judge: (facts) => facts.segment(id),
      found: (facts) => facts.segment(id).is ?? null,
    });
  },
};
