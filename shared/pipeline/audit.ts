// Decides what is kept of what people of the company did, and of what Relance did by itself: who, what, when, and how it ended.
import type { AuditAction } from "../domain/audit-words.ts";
import { DAY_MS, type Instant, SECOND_MS } from "../domain/instant.ts";
import type { JsonObject } from "../domain/json.ts";
import type { Role } from "../domain/roles.ts";
import { Fault } from "./faults.ts";
import { auditKey, auditList, SCHEMA } from "./keys.ts";
import type { Item, Ports, Write } from "./ports.ts";

/** Whom or what an act is about: opaque ids, hashes, and names the company gives. */
export type AuditSubject = Partial<
  Record<"profile" | "address" | "campaign" | "plan" | "source" | "event" | "account", string>
>;

/** `principal`: a person's role and session, "relance" for what it does by itself, "person" for somebody about themselves. */
export type Act = { principal: string; role?: Role; action: AuditAction; subject?: AuditSubject };

/** `refused`: what was asked for could not be, `code` says why; `failed`: it may have happened in part. */
export type AuditEnd = { outcome: "done" | "refused" | "failed"; code?: string };

/** An entry that stays `asked` was never completed: the function ended in between, and how the act ended is not known. */
export type AuditEntry = Act & {
  id: string;
  at: Instant;
  outcome: "asked" | AuditEnd["outcome"];
  code?: string;
  endedAt?: Instant;
};

type AuditPorts = Pick<Ports, "table" | "clock" | "ids" | "log">;

/** Long enough to answer for what was done, also to somebody who asks years later; then the table's TTL removes it. */
const KEPT_MS = 5 * 366 * DAY_MS;

/** An act that is done in a transaction of its own: the entry as one write of it. */
export function auditWrite(ports: Pick<Ports, "clock" | "ids">, act: Act): Write {
  const at = ports.clock.now();
  return { put: itemOf({ ...act, id: ports.ids.next(), at, outcome: "done", endedAt: at }, 1) };
}

/**
 * Stores the act, does it, and stores how it ended. Where it cannot be stored nothing is done: throws the retryable fault
 * `audit_unavailable`. `endOf` reads the end from the task's result; without it whatever returns is done. Cost: 2 write units.
 */
export async function audited<T>(
  ports: AuditPorts,
  { endOf, ...act }: Act & { endOf?: (result: T) => AuditEnd },
  task: () => Promise<T>,
): Promise<T> {
  const entry: AuditEntry = { ...act, id: ports.ids.next(), at: ports.clock.now(), outcome: "asked" };
  try {
    await ports.table.write({ put: itemOf(entry, 1), if: { absent: true } });
  } catch (cause) {
    const message = "The audit cannot be written, so nothing was done.";
    throw new Fault("audit_unavailable", message, { retryable: true, cause });
  }
  try {
    const result = await task();
    await complete(ports, entry, endOf?.(result) ?? { outcome: "done" });
    return result;
  } catch (error) {
    await complete(ports, entry, { outcome: "failed", code: error instanceof Fault ? error.code : "internal" });
    throw error;
  }
}

/** What was done stays done: an entry that cannot be completed goes on saying that it was asked for. */
async function complete(ports: AuditPorts, entry: AuditEntry, end: AuditEnd): Promise<void> {
  try {
    await ports.table.write({ put: itemOf({ ...entry, ...end, endedAt: ports.clock.now() }, 2) });
  } catch {
    ports.log.warn("an audit entry was not completed", { id: entry.id, action: entry.action, outcome: end.outcome });
  }
}

function itemOf(entry: AuditEntry, version: number): Item {
  const { profile, address } = entry.subject ?? {};
  const whom = profile ?? address;
  return {
    ...auditKey(entry),
    ...(whom !== undefined && auditList(whom, entry)),
    schema: SCHEMA,
    version,
    expiresAt: Math.ceil((entry.at + KEPT_MS) / SECOND_MS),
    entry: entry as JsonObject,
  };
}

/** Reads an entry back. */
export function auditIn(item: Item): AuditEntry {
  return item["entry"] as unknown as AuditEntry;
}
