// Decides what happens right after a commit: the fast path for sends, and the news for others.

import { PRIORITY_RANK } from "../domain/campaign.ts";
import type { Send } from "../domain/send.ts";
import type { BusEntry, Ports } from "./ports.ts";
import { FIRST_VERSION } from "./records/send-record.ts";

/**
 * Enqueues pointers to intended sends and publishes notifications. Losing this loses no mail: the due index hands out
 * every send again. Notifications are best effort.
 */
export async function announce(ports: Ports, outcomes: { sends: Send[]; notifications: BusEntry[] }[]): Promise<void> {
  const sends = outcomes
    .flatMap((outcome) => outcome.sends)
    .sort((a, b) => PRIORITY_RANK[a.priority] - PRIORITY_RANK[b.priority]);
  const notifications = outcomes.flatMap((outcome) => outcome.notifications);
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
    ports.log.warn("fast path not taken", { sends: sends.length, reason: String(error) });
  }
}
