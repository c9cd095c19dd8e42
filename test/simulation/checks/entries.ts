// Decides whether everything that should have been said was intended, and nothing else: an own small model of who enters which
// campaign, by the events that were applied.
import type { Instant } from "../../../shared/domain/instant.ts";
import type { PersonSeen, SendSeen } from "../model.ts";
import { type CampaignRules, durationMs } from "../rules.ts";
import type { World } from "../stage.ts";
import { steadyRules } from "./intents.ts";
import { pastOf, type Told, textOf } from "./past.ts";

type Caused = { at: Instant; id: string; key: string | undefined; appliedAt: Instant };
type Entering = { world: World; person: PersonSeen; rules: CampaignRules; causes: Caused[]; sends: SendSeen[] };

/** Asked in the end, when everything has settled. */
export function checkEntries(world: World): void {
  const ids = new Set(
    world.observer.publications.flatMap(({ revision }) => [
      ...(world.rules.byRevision.get(revision)?.campaigns.keys() ?? []),
    ]),
  );
  const byPlace = Map.groupBy(world.observer.sends.values(), ({ profileId, campaign }) => `${profileId} ${campaign}`);
  for (const campaign of ids) {
    const rules = steadyRules(world, campaign);
    if (rules === undefined) continue;
    for (const person of world.observer.people.values()) {
      const sends = byPlace.get(`${person.id} ${campaign}`) ?? [];
      const why = wrongEntries({ world, person, rules, causes: causesOf(world, person, rules), sends });
      if (why !== undefined) world.violation("intent", `${campaign} for ${person.id}: ${why}`);
    }
  }
}

/** What may have led somebody into a campaign: no history. */
function causesOf(world: World, { id }: PersonSeen, { on, campaign }: CampaignRules): Caused[] {
  const causes: Caused[] = [];
  for (const [name, { item, profileId }] of world.observer.events) {
    if (profileId !== id || item["type"] !== on.event || item["late"] === true) continue;
    const value = on.key === undefined ? undefined : (item["properties"] as Record<string, unknown>)[on.key];
    if (on.key !== undefined && value === undefined) continue;
    // What becomes of a campaign's own mails does not start it again.
    if (item["source"] === "relance" && (item["properties"] as { campaign?: string }).campaign === campaign) continue;
    causes.push({
      at: item["occurredAt"] as Instant,
      id: String(item["id"]),
      key: value === undefined ? undefined : String(value),
      appliedAt: pastOf(world).eventAt.get(name) ?? 0,
    });
  }
  return causes;
}

function wrongEntries(entering: Entering): string | undefined {
  const { rules, sends, causes, world, person } = entering;
  if ((rules.status ?? "live") !== "live")
    return sends.length === 0 ? undefined : `it is ${rules.status}, and has intents`;
  if (rules.on.entered !== undefined) return wrongSegment(world, person, { rules, sends });
  if (rules.audience !== undefined) return wrongAudience(entering);
  const { steps } = rules;
  const first = steps.find(({ send }) => send !== undefined);
  const byStep = Map.groupBy(sends, ({ step }) => step);
  const entered = byStep.get(first?.id ?? "") ?? [];
  const why = rules.campaign === "cart" ? wrongCarts(entering) : wrongNumber(entering, entered);
  if (why !== undefined) return why;
  for (const { id, send } of steps)
    if (send !== undefined && (byStep.get(id)?.length ?? 0) !== entered.length)
      return `${entered.length} entries, and ${byStep.get(id)?.length ?? 0} intents of ${id}`;
  return causes.length === 0 && sends.length > 0 ? "nothing led to it" : undefined;
}

function wrongNumber({ rules: { on, reentry }, causes: all }: Entering, entered: SendSeen[]): string | undefined {
  const causes = [...new Map(all.map((cause) => [cause.id, cause])).values()];
  const told = `${causes.length} events (${causes.map(({ id }) => id).join(", ")}), and ${entered.length} entries`;
  if (on.key !== undefined) {
    const keys = new Set(causes.map(({ key }) => key));
    return keys.size === entered.length ? undefined : `${told} of ${keys.size} keys`;
  }
  if (reentry === "always") return causes.length === entered.length ? undefined : told;
  if (reentry === undefined || reentry === "never")
    return Math.min(1, causes.length) === entered.length ? undefined : told;
  const ms = durationMs(reentry.replace("after ", ""));
  const instants = entered.map(({ causeAt }) => causeAt).sort((a, b) => a - b);
  if (instants.some((at, index) => index > 0 && at - (instants[index - 1] as number) < ms)) return `${told}, too soon`;
  const left = causes.filter(({ at }) => !instants.some((one) => at - one < ms));
  return left.length === 0 ? undefined : `${told}; nothing bars ${left.map(({ id }) => id).join(", ")}`;
}

/** A purchase within the wait ends it; which of both was quicker may hang on when it was heard of. */
function wrongCarts({ world, person, rules, causes, sends }: Entering): string | undefined {
  const purchases = causesIn(world, person, "purchase.completed");
  const wait = rules.steps.find((step) => step.wait !== undefined)?.wait as { timeout: string };
  const ms = durationMs(wait.timeout);
  const isEnded = ({ at }: { at: Instant }) => purchases.some((one) => one.at > at && one.at <= at + ms);
  for (const [key, of] of Map.groupBy(causes, (cause) => cause.key)) {
    const own = sends.filter((send) => send.key === key);
    if (own.length > 1) return `${own.length} intents for the key ${key}`;
    if (own.length === 0 && !of.some(isEnded)) return `no purchase ended the wait of ${key}, and nothing was intended`;
    const at = own[0]?.causeAt ?? Number.POSITIVE_INFINITY;
    const knownBy = at + ms - 2 * 60_000;
    if (
      purchases.some(
        (one) => one.at > at && one.at <= at + ms && one.appliedAt < knownBy && one.appliedAt < (own[0]?.bornAt ?? 0),
      )
    )
      return `a purchase ended the wait of ${key}, and it was intended`;
  }
  return undefined;
}

function causesIn(world: World, { id }: PersonSeen, type: string): { at: Instant; appliedAt: Instant }[] {
  const found: { at: Instant; appliedAt: Instant }[] = [];
  for (const [name, { item, profileId }] of world.observer.events)
    if (profileId === id && item["type"] === type)
      found.push({ at: item["occurredAt"] as Instant, appliedAt: pastOf(world).eventAt.get(name) ?? 0 });
  return found;
}

/** Who is in the segment now entered it, and that was said if it was worth it when it came to pass. */
function wrongSegment(
  world: World,
  person: PersonSeen,
  { rules, sends }: { rules: CampaignRules; sends: SendSeen[] },
): string | undefined {
  const enteredAt = person.memberships[rules.on.entered as string];
  if (enteredAt === undefined) return undefined;
  const lastTold = Math.max(0, ...causesIn(world, person, "cart.updated").map(({ appliedAt }) => appliedAt));
  const isLived = lastTold < enteredAt && enteredAt < world.scheduler.now - 15 * 60_000;
  return isLived && !sends.some(({ causeAt }) => causeAt === enteredAt)
    ? `a member since ${new Date(enteredAt).toISOString()}, and nothing was intended`
    : undefined;
}

/** Whoever never had the trait is outside; who had it when the event came is inside. */
function wrongAudience({ rules, person, causes, sends }: Entering): string | undefined {
  const trait = (rules.audience as { trait: string }).trait;
  const has = textOf(person.traits as unknown as Told, trait) !== undefined;
  if (!has) return sends.length === 0 ? undefined : `nobody knows their ${trait}, and there are intents`;
  const isSure = causes.some(
    ({ appliedAt }) => appliedAt > (person.country.since ?? 0) && person.country.now !== undefined,
  );
  return sends.length > 1 || (isSure && sends.length === 0)
    ? `${causes.length} events, and ${sends.length} intents`
    : undefined;
}
