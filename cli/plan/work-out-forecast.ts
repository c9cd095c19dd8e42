// Decides how a forecast is asked for: page by page, added up here, sends simulated over everybody at once.
import { type Forecast, forecastOf } from "../../shared/domain/forecast.ts";
import { addTally, type ForecastTally, newForecastTally } from "../../shared/domain/forecast-tally.ts";
import type { ForecastPage } from "../../shared/pipeline/forecast-page.ts";
import type { PlanView } from "../../shared/pipeline/plans.ts";
import type { Client } from "../client.ts";
import { countText, type Output } from "../output.ts";
import { progressOn } from "../progress.ts";

/** `runs`: live runs per campaign. `perSecond`: what the mailer takes. */
export type WorkedOut = { forecast: Forecast; runs: Record<string, number>; perSecond: number };

/** `days` 0: only memberships and live runs, in one quick walk. */
export async function workOutForecast(
  client: Client,
  plan: PlanView,
  { days, output }: { days: number; output: Output },
): Promise<WorkedOut> {
  const progress = progressOn(output);
  const tally = newForecastTally();
  const runs: Record<string, number> = {};
  let first: ForecastPage | undefined;
  let page: ForecastPage | undefined;
  do {
    const asked = { days, ...(first && { until: first.until }), ...(page?.next && { cursor: page.next }) };
    page = await client.post<ForecastPage>(`/api/plans/${plan.id}/forecast`, asked);
    first ??= page;
    addTally(tally, page);
    for (const [campaign, n] of Object.entries(page.runs)) runs[campaign] = (runs[campaign] ?? 0) + n;
    progress.show(() => progressText(tally, days));
  } while (page.next !== undefined);
  const { from, until, perSecond = 0 } = first;
  if (output.isTerminal) progress.end(progressText(tally, days));
  return { forecast: forecastOf(tally, { from, until, ...plan.catalogues }), runs, perSecond };
}

function progressText({ events, profiles }: ForecastTally, days: number): string {
  if (days === 0) return `${countText(profiles, "profile")} looked at`;
  return `Forecast: ${countText(events, "event")} of ${countText(profiles, "profile")} lived again`;
}

/** Segments that every known profile would be in, among those whose rule is new or another one. */
export function everyoneIsIn(
  { segments }: Pick<PlanView, "segments">,
  { profiles, segments: members }: Forecast,
): string[] {
  return profiles === 0 ? [] : segments.filter((id) => members[id]?.members === profiles);
}
