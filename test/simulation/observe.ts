// Decides what the simulation sees: every commit at the moment it takes effect becomes the model's next state, and the checks
// are asked at once.
import type { Instant } from "../../shared/domain/instant.ts";
import { addressKey, stopPk } from "../../shared/pipeline/keys.ts";
import type { Item, Mail, Write } from "../../shared/pipeline/ports.ts";
import { type AddressSaid, hasLasting, isClosedFor } from "./checks/addresses.ts";
import { checkChange, noteAll } from "./checks/all.ts";
import { erasedAtOf } from "./checks/erased.ts";
import { DueTimes } from "./due-times.ts";
import {
  type AddressSeen,
  type Change,
  type Claim,
  type ErasedSeen,
  type EventSeen,
  noted,
  type PersonSeen,
  type RunSeen,
  type SendSeen,
  TERMINAL,
} from "./model.ts";
import { personOf } from "./observe-person.ts";
import { notedSend } from "./observe-send.ts";
import type { Observing, World } from "./stage.ts";
import { inWords, traced } from "./trace.ts";
import { secretOf } from "./worker-ports.ts";

const PROVIDER = `${stopPk} PROVIDER`;
/** Jobs that come round for ever. */
const STANDING = /^JOB#(nightly|suppression-pull|retention) /;

/** The model of one shop. */
export class Observer implements Observing {
  readonly world: World;
  readonly sends = new Map<string, SendSeen>();
  readonly forgotten = new Map<string, SendSeen>();
  readonly erased = new Map<string, ErasedSeen>();
  readonly people = new Map<string, PersonSeen>();
  readonly addresses = new Map<string, AddressSeen>();
  readonly events = new Map<string, EventSeen>();
  /** Every claim there was, the given back ones too. */
  readonly claims: Claim[] = [];
  /** Every live run, and the revision of the latest entry, by profile and name. */
  readonly runs = new Map<string, RunSeen>();
  readonly entries = new Map<string, string>();
  readonly mails: { mail: Mail; at: Instant }[] = [];
  /** Publications: which revision is active since when. */
  readonly publications: { seq: number; revision: string; at: Instant }[] = [];
  seq = 0;
  isProviderStopped = false;
  leases = 0;
  intents = 0;
  /** Open sends, and live runs that are not held. */
  #openSends = 0;
  readonly #due = new DueTimes();
  readonly #openRuns = new Set<string>();
  readonly #stops = new Set<string>();
  readonly #pks = new Map<string, string>();

  constructor(world: World) {
    this.world = world;
  }

  committed(writes: readonly Write[]): void {
    const { world } = this;
    const worker = world.writers.get(writes[0] as object);
    if (worker !== undefined && worker.seq !== 0 && worker.seq < this.seq) world.faults.note("two-revisions");
    const changes: Change[] = [];
    world.hash.addNumber(world.scheduler.now);
    for (const write of writes) {
      if ("put" in write) this.#put(write.put, changes);
      else if ("delete" in write) this.#gone(write.delete);
    }
    traced(world, () => `${worker?.name ?? "somebody"} writes ${writes.map(inWords).join(", ")}`);
    noteAll(world, writes);
    for (const change of changes) checkChange(world, change);
    if (world.isOpen) world.tickWhenDue();
  }

  /** The mailer is called. */
  called(mail: Mail): void {
    const send = this.sendOf(mail.sendId);
    if (send !== undefined) send.calls++;
    this.world.counts["calls"] = (this.world.counts["calls"] ?? 0) + 1;
    checkChange(this.world, { kind: "called", send });
  }

  /** The mailer took the mail. */
  accepted(mail: Mail): void {
    const { scheduler, hash, counts } = this.world;
    hash.add(`mail ${mail.sendId}`);
    counts["mails"] = (counts["mails"] ?? 0) + 1;
    this.mails.push({ mail, at: scheduler.now });
    const send = this.sendOf(mail.sendId);
    send?.accepted.push(scheduler.now);
    checkChange(this.world, { kind: "accepted", mail, send });
  }

  /** The send, whoever it was for. */
  sendOf(sendId: string): SendSeen | undefined {
    return this.sends.get(sendId) ?? this.forgotten.get(sendId);
  }

  /** Somebody was told that no more mail of a purpose ("all": of any) goes to the address. */
  close(email: string, purpose: string): void {
    this.#close(this.addressAt(this.pkOf(email)), purpose);
  }

  /** The table key of an address. */
  pkOf(email: string): string {
    let pk = this.#pks.get(email);
    if (pk === undefined) {
      pk = addressKey(secretOf("identity"), email).pk;
      this.#pks.set(email, pk);
    }
    return pk;
  }

  addressAt(pk: string): AddressSeen {
    const known = this.addresses.get(pk) ?? { pk, closed: new Map(), claims: [] };
    this.addresses.set(pk, known);
    return known;
  }

  firstDueAt(): Instant | undefined {
    return this.#due.first();
  }

  /** All sends at their end, no run that goes on, no job but the nightly one. */
  isSettled(): boolean {
    return this.#openSends === 0 && this.#openRuns.size === 0 && this.openJobs().length === 0;
  }

  /** Whether a send waits for somebody to resume. */
  hasHeld(): boolean {
    if (this.#openSends === 0) return false;
    for (const { isHeld } of this.sends.values()) if (isHeld) return true;
    return false;
  }

  stops(): string[] {
    return [...this.#stops].map((sk) => sk.replace("CAMPAIGN#", ""));
  }

  openRuns(): string[] {
    return [...this.#openRuns];
  }

  openJobs(): string[] {
    return this.#due.names().filter((name) => name.startsWith("JOB#") && !STANDING.test(name));
  }

  #put(item: Item, changes: Change[]): void {
    const { pk, sk } = item;
    const name = `${pk} ${sk}`;
    const { now } = this.world.scheduler;
    this.world.hash.add(name);
    this.#due.set(name, item.dueAt);
    if (sk.startsWith("SEND#")) this.#putSend(item, changes);
    else if (sk === "STATE#PROFILE") this.#putPerson(pk.slice(8), item, now);
    else if (sk.startsWith("STATE#CONSENT#")) this.#putConsent(pk.slice(8), item, changes);
    else if (sk.startsWith("STATE#RUN#")) this.#putRun(name, item, changes);
    else if (sk.startsWith("ENTRY#")) this.entries.set(name, item["revision"] as string);
    else if (sk.startsWith("EVENT#")) this.#putEvent(name, item);
    else if (sk === "ADDRESS") this.#putAddress(item, changes);
    else if (pk === "CATALOGUE" && sk === "ACTIVE") this.#publish(item);
    else if (name === PROVIDER)
      this.isProviderStopped = (item["provider"] as { state?: string } | undefined)?.state !== "open";
    else if (pk === stopPk && item["stop"] !== undefined) this.#stops.add(sk);
  }

  #publish(item: Item): void {
    this.seq = item.version as number;
    this.publications.push({ seq: this.seq, revision: item["revision"] as string, at: this.world.scheduler.now });
  }

  #gone({ pk, sk }: { pk: string; sk: string }): void {
    const name = `${pk} ${sk}`;
    if (name === PROVIDER) this.isProviderStopped = false;
    if (pk === stopPk) this.#stops.delete(sk);
    this.#due.set(name, undefined);
    this.runs.delete(name);
    this.#openRuns.delete(name);
    if (sk.startsWith("SEND#")) this.#forget(sk.slice("SEND#".length));
    else if (sk.startsWith("EVENT#")) this.events.delete(name);
    else if (sk.startsWith("ENTRY#")) this.entries.delete(name);
  }

  #forget(sendId: string): void {
    const send = this.sends.get(sendId);
    if (send === undefined) return;
    this.sends.delete(sendId);
    this.forgotten.set(sendId, send);
    if (!TERMINAL.has(send.state)) this.#openSends--;
    for (const claim of send.claims) Object.assign(claim, { isGivenBack: true, givenBackAt: this.world.scheduler.now });
  }

  #putSend(item: Item, changes: Change[]): void {
    const id = item.sk.slice("SEND#".length);
    const known = this.sends.get(id);
    const wasOpen = known !== undefined && !TERMINAL.has(known.state);
    const { send, change } = notedSend(this.world, known, item);
    this.sends.set(id, send);
    this.#openSends += Number(!TERMINAL.has(send.state)) - Number(wasOpen);
    this.world.hash.add(send.state);
    changes.push(...change);
  }

  #putPerson(profileId: string, item: Item, now: Instant): void {
    const known = this.people.get(profileId);
    const erasedAt = erasedAtOf(item);
    if (erasedAt !== undefined) {
      if (!this.erased.has(profileId)) this.erased.set(profileId, { id: profileId, trueAt: now, erasedAt });
      this.people.delete(profileId);
      return;
    }
    const person = personOf(known, item, now);
    if (known?.email.now !== undefined && person.email.now !== known.email.now)
      this.world.faults.note("address-changed");
    this.people.set(profileId, person);
  }

  #putConsent(profileId: string, item: Item, changes: Change[]): void {
    const person = this.people.get(profileId);
    const { state, purpose } = item["consent"] as { state: string; purpose: string };
    changes.push({ kind: "consent", profileId, purpose, state });
    if (person !== undefined && purpose === "marketing")
      person.consent = noted(person.consent, state, this.world.scheduler.now);
  }

  #putRun(name: string, item: Item, changes: Change[]): void {
    const { revision, state } = item["run"] as { revision: string; state: string };
    changes.push({ kind: "run", name, revision, before: this.runs.get(name) });
    this.runs.set(name, { revision, state });
    if (state === "held") this.#openRuns.delete(name);
    else this.#openRuns.add(name);
  }

  #putEvent(name: string, item: Item): void {
    const known = this.events.get(name);
    if (known === undefined && item["late"] === true) this.world.faults.note("late-event");
    // What led to decisions later is put again.
    const isSame = known !== undefined && known.item["receivedAt"] === item["receivedAt"];
    const user = this.world.log.userOf.get(String(item["id"]));
    if (user !== undefined) this.#noteUser(user, item.pk.slice(8));
    this.events.set(name, { profileId: item.pk.slice(8), item, puts: (known?.puts ?? 0) + (isSame ? 0 : 1) });
  }

  #noteUser(user: string, profileId: string): void {
    const { profileOf, userBehind } = this.world.log;
    if (profileOf.get(user) === profileId || userBehind.has(profileId)) return;
    profileOf.set(user, profileId);
    userBehind.set(profileId, user);
  }

  #putAddress(item: Item, changes: Change[]): void {
    const address = this.addressAt(item.pk);
    const stored = item["address"] as unknown as Pick<AddressSeen, "claims"> & AddressSaid;
    changes.push({ kind: "address", address, item });
    address.claims = stored.claims;
    if (hasLasting(stored)) this.#close(address, "all");
    if (isClosedFor(stored, "erasure")) this.#close(address, "erasure");
    for (const purpose of Object.keys(stored.optOuts)) this.#close(address, purpose);
  }

  #close({ closed }: AddressSeen, why: string): void {
    if (!closed.has(why)) closed.set(why, this.world.scheduler.now);
  }
}
