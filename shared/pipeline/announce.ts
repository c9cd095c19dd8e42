// Decides what happens right after a commit: the fast path for sends, and the news for others and for rules.

import { PRIORITY_RANK } from "../domain/campaign.ts";
import type { Catalogue } from "../domain/catalogue.ts";
import type { Send } from "../domain/send.ts";
import { errorText } from "./error-text.ts";
import type { BusEntry, Ports } from "./ports.ts";
import { FIRST_VERSION } from "./records/send-record.ts";
import { type OwnFact, tell } from "./tell.ts";

type Outcome = { sends: Send[]; notifications: BusEntry[]; told: OwnFact[] };

/**
 * Enqueues pointers to intended sends, publishes notifications, and tells of consents that changed. Losing this loses no mail:
 * the due index hands out every send again. Notifications and news are best effort.
 */
export async function announce(
  { ports, catalogue }: { ports: Ports; catalogue: Catalogue },
  outcomes: Outcome[],
): Promise<void> {
  const sends = outcomes
    .flatMap((outcome) => outcome.sends)
    .sort((a, b) => PRIORITY_RANK[a.priority] - PRIORITY_RANK[b.priority]);
  const notifications = outcomes.flatMap((outcome) => outcome.notifications);
  const told = outcomes.flatMap((outcome) => outcome.told);
  try {
    if (sends.length > 0) {
      await ports.queues.sends.send(
        sends.map(({ id, profileId }) => ({ body: { send: { id, profileId, version: FIRST_VERSION } } })),
      );
    }
    if (notifications.length > 0) {
      const { failed } = await ports.bus.publish(notifications);
      if (failed.length > 0) ports.log.warn("notifications not published", { count: failed.length });
    }
  } catch (error) {
    ports.log.warn("fast path not taken", { sends: sends.length, reason: errorText(error) });
  }
  try {
    await tell(ports, catalogue, told);
  } catch (error) {
    ports.log.warn("news of consents not told", { count: told.length, reason: errorText(error) });
  }
}
