// Decides how somebody is explained as a whole: one line per campaign and per segment.
import { iso } from "../../domain/instant.ts";
import { type AheadView, aheadViews } from "./explain-ahead.ts";
import { answerOf, tellCampaign } from "./explain-answer.ts";
import { presentAnswer } from "./explain-segment.ts";
import type { Story } from "./explain-story.ts";

export type OverviewLine = { id: string; title: string; answer: string };

export type Overview = {
  answer: string;
  campaigns: (OverviewLine & { status: string })[];
  segments: (OverviewLine & { member: boolean })[];
  ahead?: { items: AheadView[]; more?: number };
};

export function overviewExplanation(story: Story): Overview {
  const { catalogue, profile, is, at } = story;
  const campaigns = [...catalogue.campaigns.values()];
  const underWay = new Set(profile.runs.map(({ campaign }) => campaign)).size;
  const inSegments = catalogue.segments.filter(({ id }) => profile.memberships[id] !== undefined).length;
  const told = `in ${inSegments} of ${catalogue.segments.length} segments; under way in ${underWay} of ${campaigns.length} campaigns`;
  return {
    answer:
      is === "now"
        ? `Now ${told}.`
        : is === "past"
          ? `Then, at ${iso(at)}: ${told}.`
          : `If nothing happens until ${iso(at)}: ${told}.`,
    campaigns: campaigns.map((campaign) => {
      const { id, title, status } = campaign;
      return { id, title, status, answer: answerOf(tellCampaign({ ...story, is: "now" }, campaign)) };
    }),
    segments: catalogue.segments.map((segment) => ({
      id: segment.id,
      title: segment.title,
      member: profile.memberships[segment.id] !== undefined,
      answer: presentAnswer(story, segment),
    })),
    ...(is === "future" && { ahead: aheadViews(story, {}) }),
  };
}
