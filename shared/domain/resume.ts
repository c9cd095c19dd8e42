// Decides how runs go on: whether what they wait for has come, whether their goal is reached, whether they still may.
import { judge, refuse } from "./admit.ts";
import { advance, endingAt, endRun } from "./advance.ts";
import type { Campaign } from "./campaign.ts";
import { statusOf } from "./catalogue.ts";
import { type Deciding, isFull } from "./deciding.ts";
import type { Instant } from "./instant.ts";
import { type Run, runName, SETTLE_MS } from "./run.ts";
import type { StepOutcome, Turn } from "./steps/step-outcome.ts";
import { doWait } from "./steps/wait.ts";
import { earliest } from "./verdict.ts";

/**
 * Judges settling runs again (a fact may have come), then has the runs go on whose waits are over, in the order in which
 * they were over, then ends those whose goal or exit condition is met. What a full decision leaves is due at once.
 */
export function resumeRuns(deciding: Deciding): void {
  if (deciding.draft.runs.length === 0) return;
  judgeSettling(deciding);
  for (let next = nextTurn(deciding); next !== undefined; next = nextTurn(deciding)) {
    if (isFull(deciding)) return;
    take(deciding, next);
  }
  endReached(deciding);
}

/** In the order of their causes, so that of two entries that bar each other the earlier one starts, whatever the arrival. */
function judgeSettling(deciding: Deciding): void {
  const { draft, catalogue } = deciding;
  const settling = draft.runs.filter((run) => run.state === "settling");
  settling.sort((a, b) => a.cause.at - b.cause.at || (runName(a) < runName(b) ? -1 : 1));
  for (const run of settling) {
    if (isFull(deciding)) return;
    const campaign = catalogue.byRevision.get(run.revision);
    if (statusOf(catalogue, run.campaign) === "archived") {
      draft.runs = draft.runs.filter((other) => other !== run);
      refuse(deciding, run, { reason: "archived" });
    } else if (campaign !== undefined) judge(deciding, campaign, run);
  }
}

type Going = { run: Run; campaign: Campaign | undefined; turn: Turn };

/** The run that goes on first, of those whose wait is over; the others are brought up to date with what they wait for. */
function nextTurn(deciding: Deciding): Going | undefined {
  const { draft, catalogue } = deciding;
  let first: Going | undefined;
  for (const run of draft.runs) {
    if (run.state === "settling") continue;
    const campaign = catalogue.byRevision.get(run.revision);
    const turn = turnOf(deciding, campaign, run);
    if (turn.kind === "wait") {
      if (turn.until !== run.dueAt)
        draft.runs = draft.runs.with(draft.runs.indexOf(run), { ...run, dueAt: turn.until });
    } else if (
      first === undefined ||
      turn.at < first.turn.at ||
      (turn.at === first.turn.at && isBefore(run, first.run))
    ) {
      first = { run, campaign, turn };
    }
  }
  return first;
}

const isBefore = (a: Run, b: Run) =>
  a.cause.at - b.cause.at < 0 || (a.cause.at === b.cause.at && runName(a) < runName(b));

/** What is left to say about a run at a wait step; a held run has nothing to say. */
function turnOf(deciding: Deciding, campaign: Campaign | undefined, run: Run): StepOutcome {
  const { catalogue, now } = deciding;
  const status = statusOf(catalogue, run.campaign);
  const waits: StepOutcome = { kind: "wait", until: run.dueAt };
  if (status === "archived") return { kind: "end", reason: "archived", at: now };
  if (campaign === undefined) return waits;
  if (run.goesOn !== undefined)
    return status === "paused" ? waits : { kind: "go", to: run.goesOn.to, at: run.goesOn.at };
  const step = campaign.stepById.get(run.step);
  if (step?.kind !== "wait") return { kind: "go", to: run.step, at: run.dueAt };
  // A duration and a local time were reckoned when the wait began; dates may move, and events may have come.
  const isFixed = step.wait.kind === "duration" || step.wait.kind === "time";
  const isReckoned = run.dueAt !== run.since && run.dueAt !== run.startedAt + SETTLE_MS;
  if (!isFixed || (run.dueAt <= now && !isReckoned)) return doWait(step, { deciding, campaign, run });
  return run.dueAt > now ? waits : { kind: "go", to: step.next, at: run.dueAt };
}

/** A goal that was reached by then comes first; a paused campaign holds the run where it would go on. */
function take(deciding: Deciding, { run, campaign, turn }: Going): void {
  const { draft, catalogue } = deciding;
  const isGone = campaign === undefined || (turn.kind === "end" && turn.reason === "archived");
  const ending = isGone ? undefined : endingAt(deciding, campaign, { run, at: turn.at }).is;
  if (ending !== undefined) endRun(deciding, run, ending);
  else if (turn.kind === "end") endRun(deciding, run, turn);
  else if (statusOf(catalogue, run.campaign) === "paused") {
    const goesOn = { ...(turn.to !== undefined && { to: turn.to }), at: turn.at };
    draft.runs = draft.runs.with(draft.runs.indexOf(run), { ...run, state: "held", dueAt: turn.at, goesOn });
    deciding.items++;
  } else if (campaign !== undefined) {
    deciding.items++;
    advance(deciding, campaign, { run, to: turn.to, at: turn.at });
  }
}

function endReached(deciding: Deciding): void {
  for (const run of deciding.draft.runs) {
    const ending = endingOf(deciding, run);
    if (ending?.is === undefined) continue;
    if (isFull(deciding)) return;
    endRun(deciding, run, ending.is);
  }
}

/** The earliest instant at which time alone may end a run that is under way, by its goal or exit condition. */
export function nextEnding(deciding: Deciding): Instant | undefined {
  return earliest(deciding.draft.runs.map((run) => endingOf(deciding, run)?.flipAt));
}

/** Whether a run under way is at its end now. */
function endingOf(deciding: Deciding, run: Run) {
  const campaign = run.state === "settling" ? undefined : deciding.catalogue.byRevision.get(run.revision);
  return campaign && endingAt(deciding, campaign, { run, at: Math.max(deciding.now, run.since) });
}

/** When the next run goes on by time alone; held runs do not. */
export function nextDue(deciding: Deciding): Instant | undefined {
  return earliest(deciding.draft.runs.map((run) => (run.state === "held" ? undefined : run.dueAt)));
}
