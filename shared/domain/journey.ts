// Decides how written steps become a way through a campaign: a flat list in which every step knows the next one.
import { type Clause, type CompileContext, matcherOf } from "./clause.ts";
import { checkCondition, compileCondition } from "./condition.ts";
import { counterKey } from "./counter.ts";
import type { InputProblem } from "./event.ts";
import { parseDuration, parseOffset } from "./instant.ts";
import type { Json } from "./json.ts";
import type { Weekday } from "./schedule.ts";
import type { StepValue, WrittenBranch, WrittenSplit, WrittenStep, WrittenWait } from "./step.ts";

/** Where a run goes: the id of a step, or `undefined` for the end. */
export type Next = string | undefined;

/** What follows when the awaited event came, or did not in time. */
export type GoOn = "continue" | "exit";

/** What a wait waits for. `counter` holds the stamps of the awaited event, by the value of `key` where there is one. */
export type Wait =
  | { kind: "duration"; ms: number }
  | { kind: "time"; time: string; on?: Weekday[] }
  | { kind: "date"; trait: string; offsetMs: number; time?: string }
  | { kind: "event"; counter: string; byKey: boolean; timeoutMs: number; onEvent: GoOn; onTimeout: GoOn };

/** A step as it is done. `path` is its place in the definition ("steps[1].branch[0].steps[2]"). */
export type Step = { id: string; path: string; next: Next } & (
  | { kind: "send"; template: string }
  | { kind: "wait"; wait: Wait }
  | { kind: "branch"; ways: { when: Clause; to: Next }[] }
  | { kind: "split"; arms: { arm: string; share: number; to: Next }[] }
  | { kind: "update"; traits: Record<string, StepValue> }
  | { kind: "emit"; type: string; properties: Record<string, StepValue> }
  | { kind: "exit"; reason: string }
);

/** Events that only Relance tells, and the one that carries traits. */
const ownTypes = /^(profile\.identified|birthday\.reached|churn_risk\.detected)$/;

/** Most steps of one campaign, those of all its ways together. */
export const MAX_STEPS = 50;
/** Stamps kept of an awaited event: so many may come between the first that a run waits for and the next look at the run. */
const AWAITED_STAMPS = 5;

/** Everything that is wrong with a list of steps, the ways of branches and splits included. */
export function checkSteps(steps: WrittenStep[], path: string): InputProblem[] {
  const all = allSteps(steps, path);
  return [
    ...(all.length > MAX_STEPS
      ? [{ code: "too_many_steps", path, message: `has ${all.length} steps; at most ${MAX_STEPS}, all ways together` }]
      : []),
    ...all.flatMap(({ step, path: at }, index) =>
      all.findIndex((other) => other.step.id === step.id) === index
        ? []
        : [
            {
              code: "duplicate_id",
              path: `${at}.id`,
              message: `is used twice; step ids tell sends apart, give it another one than ${step.id}`,
            },
          ],
    ),
    ...all.flatMap(({ step, path: at }) => checkOne(step, at)),
    ...unreachable(steps, path),
  ];
}

function checkOne(step: WrittenStep, path: string): InputProblem[] {
  if ("branch" in step) {
    return step.branch.flatMap(({ when }, index) =>
      checkCondition(when as Json, `${path}.branch[${index}].when`, { scope: "run" }),
    );
  }
  if ("wait" in step && typeof step.wait === "object" && "event" in step.wait && step.wait.where !== undefined)
    return checkCondition(step.wait.where as Json, `${path}.wait.where`, { scope: "properties" });
  if ("split" in step) {
    const names = step.split.map(({ arm }) => arm);
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    return twice === undefined
      ? []
      : [{ code: "duplicate_arm", path: `${path}.split`, message: `has two arms called ${twice}` }];
  }
  if ("emit" in step && ownTypes.test(step.emit))
    return [
      {
        code: "reserved_event",
        path: `${path}.emit`,
        message: "is an event Relance tells itself; choose a name of your own",
      },
    ];
  if ("update" in step && "consent" in step.update)
    return [
      {
        code: "not_updatable",
        path: `${path}.update.consent`,
        message: "only the person gives or takes consent; a step cannot",
      },
    ];
  return [];
}

/** Steps behind one that always ends the run. */
function unreachable(steps: WrittenStep[], path: string): InputProblem[] {
  const end = steps.findIndex(alwaysEnds);
  const problems =
    end === -1 || end === steps.length - 1
      ? []
      : [
          {
            code: "unreachable_step",
            path: `${path}[${end + 1}]`,
            message: `is never reached: ${steps[end]?.id} before it always ends the run`,
          },
        ];
  return [
    ...problems,
    ...steps.flatMap((step, index) =>
      waysOf(step).flatMap((way) => unreachable(way.steps, `${path}[${index}]${way.path}`)),
    ),
  ];
}

function alwaysEnds(step: WrittenStep): boolean {
  if ("exit" in step) return true;
  if ("wait" in step)
    return (
      typeof step.wait === "object" &&
      "event" in step.wait &&
      step.wait.onEvent === "exit" &&
      step.wait.onTimeout === "exit"
    );
  const ways = waysOf(step);
  return ways.length > 0 && ways.every((way) => way.steps.some(alwaysEnds));
}

/** The ways of a branch or split; `path` relative to the step. */
function waysOf(step: WrittenStep): { steps: WrittenStep[]; path: string }[] {
  if ("branch" in step) {
    const ways = step.branch.map((way, index) => ({ steps: way.steps, path: `.branch[${index}].steps` }));
    return [...ways, { steps: step.otherwise, path: ".otherwise" }];
  }
  return "split" in step ? step.split.map((arm, index) => ({ steps: arm.steps, path: `.split[${index}].steps` })) : [];
}

/** Every step with its place, ways included, in written order. */
export function allSteps(steps: WrittenStep[], path: string): { step: WrittenStep; path: string }[] {
  return steps.flatMap((step, index) => {
    const at = `${path}[${index}]`;
    return [{ step, path: at }, ...waysOf(step).flatMap((way) => allSteps(way.steps, `${at}${way.path}`))];
  });
}

/** Compiles checked steps, and adds what they count to `needs`. The first step is the first of the list. */
export function compileSteps(steps: WrittenStep[], context: CompileContext, next?: string): Step[] {
  return steps.flatMap((step, index) => {
    const path = `${context.path}[${index}]`;
    return compileStep(step, { ...context, path }, steps[index + 1]?.id ?? next);
  });
}

function compileStep(step: WrittenStep, context: CompileContext, next: Next): Step[] {
  const base = { id: step.id, path: context.path, next };
  if ("send" in step) return [{ ...base, kind: "send", template: step.send }];
  if ("wait" in step) return [{ ...base, kind: "wait", wait: compileWait(step, context) }];
  if ("branch" in step) return compileBranch(step, context, next);
  if ("split" in step) return compileSplit(step, context, next);
  if ("update" in step) return [{ ...base, kind: "update", traits: step.update }];
  if ("emit" in step) return [{ ...base, kind: "emit", type: step.emit, properties: step.properties }];
  return [{ ...base, kind: "exit", reason: step.exit }];
}

function compileBranch(step: WrittenBranch, context: CompileContext, next: Next): Step[] {
  const inner = (steps: WrittenStep[], path: string) =>
    compileSteps(steps, { ...context, path: context.path + path }, next);
  const ways = step.branch.map(({ when, steps }, index) => ({
    when: compileCondition(when as Json, { ...context, path: `${context.path}.branch[${index}].when` }),
    to: steps[0]?.id ?? next,
  }));
  return [
    { id: step.id, path: context.path, next: step.otherwise[0]?.id ?? next, kind: "branch", ways },
    ...step.branch.flatMap(({ steps }, index) => inner(steps, `.branch[${index}].steps`)),
    ...inner(step.otherwise, ".otherwise"),
  ];
}

function compileSplit(step: WrittenSplit, context: CompileContext, next: Next): Step[] {
  const arms = step.split.map(({ arm, share, steps }) => ({ arm, share, to: steps[0]?.id ?? next }));
  return [
    { id: step.id, path: context.path, next, kind: "split", arms },
    ...step.split.flatMap(({ steps }, index) =>
      compileSteps(steps, { ...context, path: `${context.path}.split[${index}].steps` }, next),
    ),
  ];
}

function compileWait({ wait }: WrittenWait, context: CompileContext): Wait {
  if (typeof wait === "string") return { kind: "duration", ms: parseDuration(wait) as number };
  if ("until" in wait) return { kind: "time", time: wait.until, ...(wait.on && { on: wait.on }) };
  if ("date" in wait) {
    const offsetMs = wait.offset === undefined ? 0 : (parseOffset(wait.offset) as number);
    return { kind: "date", trait: wait.date, offsetMs, ...(wait.at !== undefined && { time: wait.at }) };
  }
  const counter = counterKey(wait.event, wait.where as Json | undefined, wait.key);
  const where =
    wait.where === undefined
      ? undefined
      : compileCondition(wait.where as Json, { ...context, path: `${context.path}.wait.where` });
  context.needs.counters.push({
    key: counter,
    eventType: wait.event,
    keep: AWAITED_STAMPS,
    ...(where && { matches: matcherOf(where) }),
    ...(wait.key !== undefined && { keyProperty: wait.key }),
  });
  return {
    kind: "event",
    counter,
    byKey: wait.key !== undefined,
    timeoutMs: parseDuration(wait.timeout) as number,
    onEvent: wait.onEvent,
    onTimeout: wait.onTimeout,
  };
}
