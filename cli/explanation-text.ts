// Decides how an explanation reads: the answer first, then what it rests on.
import type { Explanation } from "../shared/pipeline/views/explain.ts";
import { aheadSection, campaignSections } from "./campaign-explanation.ts";
import { clauseRows, section, withTimes, wrap } from "./explanation-lines.ts";
import { timeText } from "./output.ts";

type About<K extends Explanation["about"]> = Extract<Explanation, { about: K }>;

const WIDTH = 110;

/** `asked`: the profile as the asker named it. */
export function explanationText(asked: string, explanation: Explanation): string {
  const { asOf, answer } = explanation;
  const when = `at ${timeText(asOf.at)}`;
  const lines = [
    ...wrap(withTimes(answer), WIDTH).map((line) => line.trimStart()),
    "",
    `${headOf(explanation)} for ${asked}, ${when}`,
    ...(asOf.is === "now" ? [] : wrap(`(${asOf.says})`, WIDTH).map((line) => line.trimStart())),
    ...sectionsOf(asked, explanation),
  ];
  return `${lines.join("\n")}\n`;
}

function headOf(explanation: Explanation): string {
  if (explanation.about === "profile") return "Everything in short";
  if (explanation.about === "segment") {
    const { title, id, at } = explanation.segment;
    return `Segment ${title} (${id}, ${at})`;
  }
  const { title, id, at, status } = explanation.campaign;
  return `Campaign ${title} (${id}, ${at}${status === "live" ? "" : `, ${status}`})`;
}

function sectionsOf(asked: string, explanation: Explanation): string[] {
  if (explanation.about === "campaign") return campaignSections(explanation);
  return explanation.about === "segment" ? segmentSections(explanation) : overviewSections(asked, explanation);
}

function segmentSections({ rule, history, ahead }: About<"segment">): string[] {
  return [
    ...section("Rule", clauseRows(rule)),
    ...section(
      "Changes",
      history.map(({ change, at, noticedAt, event }) => [
        timeText(at),
        change,
        noticedAt.slice(0, 16) === at.slice(0, 16) ? `with ${event}` : `noticed ${timeText(noticedAt)} with ${event}`,
      ]),
    ),
    ...aheadSection(ahead),
  ];
}

function overviewSections(asked: string, { campaigns, segments, ahead }: About<"profile">): string[] {
  const name = /^[\w./:@-]+$/.test(asked) ? asked : `'${asked}'`;
  const example = campaigns[0]?.id ?? segments[0]?.id;
  return [
    ...section(
      "Campaigns",
      campaigns.map(({ id, answer }) => [id, withTimes(answer)]),
    ),
    ...section(
      "Segments",
      segments.map(({ id, member, answer }) => [id, `${member ? "✓" : "✗"} ${withTimes(answer)}`]),
    ),
    ...aheadSection(ahead),
    ...(example === undefined ? [] : ["", `Clause by clause: npm run relance -- explain ${name} ${example}`]),
  ];
}
