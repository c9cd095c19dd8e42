// Decides what is told of a consent that an event changed: the same fact as of one that was changed by a link.
import type { Effect } from "../domain/effect.ts";
import { iso } from "../domain/instant.ts";
import { consentNews } from "../domain/own-news.ts";
import type { OwnFact } from "./tell.ts";

/**
 * What a decision heard of consent, where another state holds now: the same word once more is no news. What was said long ago
 * is history when it is told, too. No step of a campaign changes a consent, so that nothing goes round.
 */
export function consentFacts(profileId: string, effects: Effect[]): OwnFact[] {
  return effects.flatMap((effect): OwnFact[] => {
    if (effect.kind !== "consent-changed" || effect.before?.state === effect.after.state) return [];
    const { purpose, state, at: occurredAt } = effect.after;
    const type = consentNews(state);
    return [
      {
        ...{ profileId, type, occurredAt, properties: { purpose } },
        id: `${profileId}/${type}/${purpose}/${iso(occurredAt)}`,
        ...(effect.late && { late: true }),
      },
    ];
  });
}
