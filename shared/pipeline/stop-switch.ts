// Decides what turns the stop switches on and off: operators, Relance itself, and what the provider lets the account do.
import { DAY_MS, type Instant, MINUTE_MS } from "../domain/instant.ts";
import type { ProviderState, Stop } from "../domain/stop.ts";
import { insist } from "./insist.ts";
import { providerCheckWrite } from "./jobs/provider-check.ts";
import { releaseWrite } from "./jobs/release-jobs.ts";
import { campaignsEverKey, SCHEMA, stopKey } from "./keys.ts";
import type { Item, Ports, Write } from "./ports.ts";
import { type Judged, judgedAnewWrite } from "./reputation.ts";
import { PAUSE_GRACE_MS, readStops } from "./stop-state.ts";

type SwitchPorts = Pick<Ports, "table" | "clock" | "ids" | "log">;

/** Who turned the switch, and why. */
export type Told = Pick<Stop, "by" | "who" | "reason">;

/** `changed` is false when it was paused already: then the first pause stands. */
export type Paused = { changed: boolean; pausedAt: Instant; stop: Stop };
/** `was`: the stop that has ended; absent when nothing was paused. */
export type Resumed = { changed: boolean; was?: Stop };

/**
 * Pauses a campaign's sends. When it returns (within 5 seconds) nothing of the campaign is claimed any more, not even by
 * workers that read the switches before. `undefined`: no campaign of that id was ever published.
 */
export async function pauseCampaign(ports: SwitchPorts, campaign: string, told: Told): Promise<Paused | undefined> {
  return (await isKnown(ports, campaign)) ? pause(ports, `CAMPAIGN#${campaign}`, told) : undefined;
}

/** The same for every send of the account. */
export function pauseAccount(ports: SwitchPorts, told: Told): Promise<Paused> {
  return pause(ports, "ACCOUNT", told);
}

/**
 * Ends the pause of a campaign: its held sends become due again, and bounces and complaints are counted anew. What is not
 * paused stays as it is. `undefined`: no campaign of that id was ever published.
 */
export async function resumeCampaign(ports: SwitchPorts, campaign: string, told: Told): Promise<Resumed | undefined> {
  return (await isKnown(ports, campaign)) ? resume(ports, `CAMPAIGN#${campaign}`, told) : undefined;
}

/** The same for the account. Campaigns that are paused themselves stay so. */
export function resumeAccount(ports: SwitchPorts, told: Told): Promise<Resumed> {
  return resume(ports, "ACCOUNT", told);
}

/** The write that stops, unless something stops already. */
export function stopWrite(of: Judged, stop: Stop): Write {
  return { put: { ...stopKey(of), schema: SCHEMA, stop }, if: { absent: true } };
}

/** Without the catalogue's own reading, which would bring all of its rules into the functions that only turn switches. */
async function isKnown({ table }: Pick<Ports, "table">, campaign: string): Promise<boolean> {
  const ever = await table.get(campaignsEverKey);
  return ((ever?.["campaigns"] ?? []) as string[]).includes(campaign);
}

const OLD_STOP_MS = 5 * MINUTE_MS;

async function pause(ports: SwitchPorts, of: Judged, told: Told): Promise<Paused> {
  const paused = await insist(ports, of, async () => {
    const known = stopIn(await ports.table.get(stopKey(of)));
    if (known !== undefined) return { changed: false, stop: known };
    const stop: Stop = { at: ports.clock.now(), ...told };
    await ports.table.write(stopWrite(of, stop));
    ports.log.info("paused", { what: of, by: told.by });
    return { changed: true, stop };
  });
  // From the write on, however long that took: whoever reads the switches now sees it. A stop that is old, whosever clock
  // said so, has been seen by everybody.
  const now = ports.clock.now();
  if (paused.changed || now - paused.stop.at < OLD_STOP_MS) await ports.clock.sleepUntil(now + PAUSE_GRACE_MS);
  return { ...paused, pausedAt: paused.stop.at };
}

function resume(ports: SwitchPorts, of: Judged, { by }: Told): Promise<Resumed> {
  return insist(ports, of, async () => {
    const key = stopKey(of);
    const was = stopIn(await ports.table.get(key));
    if (was === undefined) return { changed: false };
    const campaign = of === "ACCOUNT" ? undefined : of.slice("CAMPAIGN#".length);
    await ports.table.transact([
      { delete: key, if: { exists: true } },
      await judgedAnewWrite(ports, of),
      await releaseWrite(ports, campaign, ports.clock.now()),
    ]);
    ports.log.info("resumed", { what: of, by });
    return { changed: true, was };
  });
}

const stopIn = (item: Item | undefined) => item?.["stop"] as Stop | undefined;

/** What is kept of the provider. `reopened`: how often it was taken for open again lately. */
type KeptProvider = { state: ProviderState; at: Instant; reopened?: number };
const OPEN: KeptProvider = { state: "open", at: Number.NEGATIVE_INFINITY };

/**
 * Keeps what the provider lets the account do. Held sends become due again when it lets more through than before; until then
 * something is due every few minutes, so that a tick looks. Cost: 1 read unit when nothing changes; any number of workers may
 * say the same at once.
 */
export async function noteProvider(ports: SwitchPorts, state: ProviderState): Promise<void> {
  const key = stopKey("PROVIDER");
  await insist(ports, key.sk, async () => {
    const item = await ports.table.get(key);
    const before = (item?.["provider"] as KeptProvider | undefined) ?? OPEN;
    if (before.state === state) return;
    const at = ports.clock.now();
    const known = at - before.at < DAY_MS ? (before.reopened ?? 0) : 0;
    const reopened = state === "open" ? known + 1 : known;
    const provider: KeptProvider = { state, at, ...(reopened > 0 && { reopened }) };
    const put = { ...key, schema: SCHEMA, version: (item?.version ?? 0) + 1, provider };
    const letsMore = state === "open" || before.state === "paused";
    await ports.table.transact([
      { put, if: item === undefined ? { absent: true } : { version: item.version as number } },
      ...(state === "open" ? [] : [await providerCheckWrite(ports, at)]),
      ...(letsMore ? [await releaseWrite(ports, undefined, at)] : []),
    ]);
    ports.log.warn("the provider's state changed", { before: before.state, state });
  });
}

/**
 * Keeps until when the provider's daily quota is used up. The first word stands until that instant, so that any number of
 * workers may say it at once. Cost: 1 read unit when nothing changes.
 */
export async function noteQuota(ports: Pick<Ports, "table" | "clock" | "ids">, until: Instant): Promise<void> {
  const { table, clock } = ports;
  const key = stopKey("QUOTA");
  await insist(ports, key.sk, async () => {
    const item = await table.get(key);
    const now = clock.now();
    if (until <= now || ((item?.["until"] as number | undefined) ?? now) > now) return;
    const version = item?.version ?? 0;
    const put = { ...key, schema: SCHEMA, version: version + 1, until };
    await table.write({ put, if: item === undefined ? { absent: true } : { version } });
  });
}

/** How old what the mailer says of the account may be: it asks the provider once a minute. */
const READING_MAX_AGE_MS = MINUTE_MS;
/**
 * Calls may be refused although the account is said to be open (its configuration set is paused). Each time that was found out
 * it is believed twice as late, up to about an hour: otherwise everything held would be tried every minute.
 */
const LAST_DOUBLING = 6;

/**
 * Brings the switches in line with what the mailer says of the account: this is how a provider's pause ends. A refused
 * call knows better than a reading from before it, so a younger switch stays. A used-up quota is forgotten at its instant.
 */
export async function refreshProvider(ports: SwitchPorts, state: ProviderState): Promise<void> {
  const { provider, quotaUntil, readAt } = await readStops(ports);
  if (quotaUntil !== undefined && quotaUntil <= readAt) await forgetQuota(ports);
  const patienceMs = READING_MAX_AGE_MS * 2 ** Math.min(provider?.reopened ?? 0, LAST_DOUBLING);
  if (provider !== undefined && readAt - provider.at < patienceMs) return;
  if ((provider?.state ?? "open") !== state) await noteProvider(ports, state);
}

async function forgetQuota(ports: Pick<Ports, "table" | "clock" | "ids">): Promise<void> {
  const { table, clock } = ports;
  const key = stopKey("QUOTA");
  await insist(ports, key.sk, async () => {
    const item = await table.get(key);
    if (item === undefined || (item["until"] as number) > clock.now()) return;
    await table.write({ delete: key, if: { version: item.version as number } });
  });
}
