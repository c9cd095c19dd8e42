// Decides which tests the folder holds: one in each YAML document of every *.test.yaml, each with its problems.

import { closest } from "../../domain/closest.ts";
import type { InputProblem } from "../../domain/event.ts";
import { parseDuration } from "../../domain/instant.ts";
import { problemsOf } from "../../domain/problem.ts";
import type { MarketingFiles } from "../marketing-files.ts";
import { plainly } from "../plain-problem.ts";
import { atField, type SourceProblem } from "../source-problem.ts";
import { readYamlDocuments, type YamlSource } from "../yaml-source.ts";
import { KINDS, kindOf, testSchema, type WrittenExpectation, type WrittenTest } from "./test-schema.ts";
import { instantOf, timeProblem } from "./test-times.ts";

/** Reads every test that is sound, and everything that is wrong with the others. */
export function readTests(files: MarketingFiles): { tests: WrittenTest[]; problems: SourceProblem[] } {
  const tests: WrittenTest[] = [];
  const problems: SourceProblem[] = [];
  for (const [file, text] of files) {
    for (const source of readYamlDocuments(file, text)) {
      const read = "problems" in source ? source : readTest(source);
      if ("problems" in read) problems.push(...read.problems.map(withDashes));
      else tests.push(read);
    }
  }
  return { tests, problems };
}

/** The likeliest reason for a field that is there twice. */
function withDashes(problem: SourceProblem): SourceProblem {
  if (problem.code !== "yaml_duplicate_key") return problem;
  return { ...problem, message: `${problem.message}, or put a line --- between two tests` };
}

function readTest(source: YamlSource): WrittenTest | { problems: SourceProblem[] } {
  const at = (problem: InputProblem) => atField(source, plainly(problem, source.body));
  const parsed = testSchema.safeParse(source.body, { reportInput: true });
  if (!parsed.success) {
    const fields = [...Object.keys(testSchema.shape)];
    return { problems: problemsOf(parsed.error, fields).map(withNearExpectation).map(at) };
  }
  const test: WrittenTest = { file: source.file, lines: source.lines, body: parsed.data };
  const problems = [...inOrder(test), ...test.body.expect.flatMap((one, index) => unclear(one, `expect[${index}]`))];
  return problems.length > 0 ? { problems: problems.map(at) } : test;
}

const EXPECTED = ["sent", "refused", "emitted", "nothing", "in", "notIn", "traits", "subject", "says", "reason"];
const GIVEN = ["at", "event", "properties", "traits"];

/** Zod knows which names are wrong, not which ones there are inside of lists. */
function withNearExpectation(problem: InputProblem): InputProblem {
  if (problem.code !== "unknown_field" || problem.message.includes(";")) return problem;
  const [, list, name = ""] = /^(expect|given|history)\[\d+\]\.(.+)$/.exec(problem.path) ?? [];
  if (list === undefined) return problem;
  const nearest = closest(name, list === "expect" ? EXPECTED : GIVEN);
  return nearest === undefined ? problem : { ...problem, message: `${problem.message}; did you mean ${nearest}?` };
}

/** Lines that go back in time, or a test that never begins. */
function inOrder({ body }: WrittenTest): InputProblem[] {
  const { given, history, from, until } = body;
  const problems: InputProblem[] = [];
  if (given.length === 0 && from === undefined) {
    const message = "or from is missing: say what happens, or with from: 2026-03-01 when to begin looking";
    problems.push({ code: "no_beginning", path: "given", message });
  }
  for (const [list, lines] of [
    ["history", history],
    ["given", given],
  ] as const) {
    let before: number | undefined;
    for (const [index, { at, event, traits, properties }] of lines.entries()) {
      const path = `${list}[${index}]`;
      if (at.startsWith("+") && before === undefined && !(list === "given" && from !== undefined)) {
        problems.push({
          code: "no_line_above",
          path: `${path}.at`,
          message: "has no line above to count from; write a date and a time",
        });
        break;
      }
      const now = instantOf(at, { zone: "UTC", before: before ?? 0 });
      if (before !== undefined && now < before && list === "given")
        problems.push({
          code: "out_of_order",
          path: `${path}.at`,
          message: "lies before the line above; write the lines in order",
        });
      before = now;
      if (event === undefined && traits === undefined)
        problems.push({ code: "nothing_happens", path, message: "says when but not what; add event: or traits:" });
      if (properties !== undefined && event === undefined)
        problems.push({ code: "no_event", path: `${path}.properties`, message: "belong to an event; add event:" });
    }
  }
  if (from?.startsWith("+"))
    problems.push({ code: "no_line_above", path: "from", message: "must be a date, or a date and a time" });
  if (
    until !== undefined &&
    parseDuration(until) === undefined &&
    (until.startsWith("+") || timeProblem(until) !== undefined)
  ) {
    problems.push({
      code: "not_a_time",
      path: "until",
      message: 'must be a time such as "2026-04-01 10:00", or a duration such as "30 days"',
    });
  }
  return problems;
}

function unclear(expectation: WrittenExpectation, path: string): InputProblem[] {
  const kind = kindOf(expectation);
  if (kind === undefined) {
    const message =
      "must say one thing: sent, refused, emitted, nothing, or the state at a time with in, notIn and traits";
    return [{ code: "unclear_expectation", path, message }];
  }
  if (kind === "state" && expectation.at === undefined) {
    return [{ code: "no_time", path, message: "needs a time: add at:, since memberships and traits change" }];
  }
  const allowed: readonly string[] = [kind, ...KINDS[kind]];
  return Object.keys(expectation).flatMap((key) =>
    allowed.includes(key)
      ? []
      : [
          {
            code: "stray_field",
            path: `${path}.${key}`,
            message: `says nothing beside ${kind === "state" ? "in, notIn and traits" : kind}; take it out`,
          },
        ],
  );
}
