// Decides how the future is told: what time alone would bring to somebody, if nothing else happens.
import type { Effect } from "../../domain/effect.ts";
import { iso } from "../../domain/instant.ts";
import type { Moment } from "../../domain/replay.ts";
import type { Story } from "./explain-story.ts";

/** One thing that would happen; the gates have not been asked about a mail that would be due. */
export type AheadView = { at: string; campaign?: string; segment?: string; says: string };

/** What is asked about; everything when neither is given. */
type Subject = { campaign?: string; segment?: string };

const MOST = 200;

/** The first things that would happen, in order; `more` says how many others there are. */
export function aheadViews({ ahead }: Pick<Story, "ahead">, subject: Subject): { items: AheadView[]; more?: number } {
  const told = ahead.flatMap((moment) => moment.decided.effects.flatMap((effect) => tell(effect, moment)));
  const own = told.filter(
    ({ campaign, segment }) =>
      (subject.campaign === undefined && subject.segment === undefined) ||
      (subject.campaign !== undefined && campaign === subject.campaign) ||
      (subject.segment !== undefined && segment === subject.segment),
  );
  return { items: own.slice(0, MOST), ...(own.length > MOST && { more: own.length - MOST }) };
}

function tell(effect: Effect, moment: Moment): AheadView[] {
  switch (effect.kind) {
    case "segment-entered":
    case "segment-left": {
      const says = effect.kind === "segment-entered" ? "enters" : "leaves";
      return [{ at: iso(effect.at), segment: effect.segment, says: `${says} ${effect.segment}` }];
    }
    case "judged": {
      const { campaign, outcome, reason } = effect.judgement;
      return outcome === "not-entered" ? [{ at: iso(moment.at), campaign, says: `not entered: ${reason}` }] : [];
    }
    case "run-started":
      return [{ at: iso(effect.at), campaign: effect.run.campaign, says: `enters ${effect.run.campaign}` }];
    case "run-ended": {
      const { campaign } = effect.run;
      return [{ at: iso(effect.at), campaign, says: `the run ends: ${effect.reason}` }];
    }
    case "send-intended": {
      const { campaign, step, arm } = effect.send;
      const says = arm === "treated" ? `mail ${step} becomes due` : `mail ${step} becomes due, and is held out`;
      return [{ at: iso(effect.send.intendedAt), campaign, says }];
    }
    case "consent-changed":
      return [];
    case "event-derived":
      return effect.event.type.startsWith("segment.")
        ? []
        : [{ at: iso(effect.event.occurredAt), says: effect.event.type }];
  }
}
