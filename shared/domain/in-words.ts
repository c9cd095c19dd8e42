// Decides how parts of a campaign read in an explanation: lengths of time, triggers, schedules, re-entry, waits.
import type { Reentry, Trigger } from "./campaign.ts";
import { DAY_MS, HOUR_MS, type Instant, iso, MINUTE_MS } from "./instant.ts";
import type { Wait } from "./journey.ts";
import type { Schedule } from "./schedule.ts";

/** "3 days", "36 hours": in the largest unit that leaves no rest; negative lengths are "before". */
export function lengthText(ms: number): string {
  if (ms < 0) return `${lengthText(-ms)} before`;
  const unit = [["day", DAY_MS] as const, ["hour", HOUR_MS] as const].find(([, size]) => ms % size === 0 && ms > 0);
  const [name, size] = unit ?? ["minute", MINUTE_MS];
  const n = Math.round(ms / size);
  return `${n} ${name}${n === 1 ? "" : "s"}`;
}

export const percentText = (percent: number) => `${percent} %`;

/** "daily at 09:00 Europe/Paris". */
export function scheduleText(schedule: Schedule, shopZone: string): string {
  const zone = schedule.zone ?? shopZone;
  if ("once" in schedule) return `once, ${schedule.once} ${zone}`;
  if ("daily" in schedule) return `daily at ${schedule.daily} ${zone}`;
  if ("weekly" in schedule) return `weekly at ${schedule.weekly} on ${schedule.on.join(", ")} ${zone}`;
  return `monthly at ${schedule.monthly} on ${schedule.on === "last" ? "the last day" : `day ${schedule.on}`} ${zone}`;
}

/** What a campaign waits for. */
export function triggerText(on: Trigger, shopZone: string): string {
  if (on.kind === "event") return on.eventType;
  if (on.kind === "segment") return `segment ${on.segment} ${on.change}`;
  return `${scheduleText(on.schedule, shopZone)}${on.segment === undefined ? "" : ` for segment ${on.segment}`}`;
}

/** How often one may enter. */
export function reentryText(reentry: Reentry): string {
  return reentry.kind === "after" ? `after ${lengthText(reentry.ms)}` : reentry.kind;
}

/** What a run at a wait step waits for, until when at the latest. */
export function waitText(wait: Wait, dueAt: Instant): string {
  const until = `until ${iso(dueAt)}`;
  if (wait.kind === "duration") return `${lengthText(wait.ms)}, ${until}`;
  if (wait.kind === "time") return `the next ${wait.time}${wait.on ? ` on ${wait.on.join(", ")}` : ""}, ${until}`;
  if (wait.kind === "date") {
    const offset =
      wait.offsetMs === 0
        ? ""
        : wait.offsetMs < 0
          ? `${lengthText(wait.offsetMs)} `
          : `${lengthText(wait.offsetMs)} after `;
    return `${offset}the date in ${wait.trait}${wait.time ? ` at ${wait.time}` : ""}, ${until}`;
  }
  const type = wait.counter.split(/[?@]/, 1)[0];
  const which = wait.byKey ? " with the same key" : "";
  return `${type}${which}${wait.onEvent === "exit" ? " (which ends the run)" : ""}, ${until} at the latest${wait.onTimeout === "exit" ? " (which ends it too)" : ""}`;
}
