// Decides whether the order of arrival made a difference to what was intended (I19).
import type { Instant } from "../../../shared/domain/instant.ts";
import type { World } from "../stage.ts";

/** What a wait for an event comes to may hang on which is quicker, the event or the end of the wait; so may what is delivered. */
const RACES: ReadonlySet<string> = new Set(["cart", "picky", "echo", "engaged"]);

/** What time alone brings comes some minutes late; a shop that closed earlier has not seen it. */
const BY_TIME: ReadonlySet<string> = new Set(["birthday", "silent"]);
const BEHIND_MS = 30 * 60_000;

export function checkOrder(world: World, inOrder: World): void {
  const until = Math.min(world.scheduler.now, inOrder.scheduler.now) - BEHIND_MS;
  const [disturbed, expected] = [intentsOf(world, until), intentsOf(inOrder, until)];
  const missing = expected.filter(
    (line, index) => expected.indexOf(line) === index && countOf(line, disturbed) < countOf(line, expected),
  );
  const added = disturbed.filter(
    (line, index) => disturbed.indexOf(line) === index && countOf(line, disturbed) > countOf(line, expected),
  );
  if (missing.length + added.length > 0)
    world.violation(
      "I19",
      `against the same calls in order, missing: ${missing.join(", ")}; added: ${added.join(", ")}`,
    );
}

const countOf = (line: string, lines: string[]) => lines.filter((other) => other === line).length;

/** "u-1 welcome/hello", once per intent. */
function intentsOf({ observer, log }: World, until: Instant): string[] {
  const users = new Map<string, string | undefined>();
  for (const { item, profileId } of observer.events.values())
    if (item["source"] !== "relance") users.set(profileId, log.userOf.get(String(item["id"])));
  const lines: string[] = [];
  for (const { profileId, campaign, step, causeAt } of observer.sends.values())
    if (!RACES.has(campaign) && !(BY_TIME.has(campaign) && causeAt > until))
      lines.push(`${users.get(profileId)} ${campaign}/${step}`);
  return lines.sort();
}
