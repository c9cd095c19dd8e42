// Decides what becomes of a mail: accepted, refused, or neither known; and what the provider reports about it later.
import { HOUR_MS, type Instant, iso, MINUTE_MS, SECOND_MS } from "../../shared/domain/instant.ts";
import type { JsonObject } from "../../shared/domain/json.ts";
import { MailRefused } from "../../shared/pipeline/faults.ts";
import type { Mail, MailLookup, MailQuota, SuppressedAddress } from "../../shared/pipeline/ports.ts";
import { noteTold } from "./checks/feedback.ts";
import { noteListed, noteRefused, noteReport } from "./checks/told.ts";
import { IDLE } from "./scheduler.ts";
import type { World } from "./stage.ts";
import { traced } from "./trace.ts";

/** Longer than a worker lives, sometimes. */
const MAX_TIMEOUT_MS = 40 * SECOND_MS;
const RATES = [1, 1, 2, 14, 50];

/** The mail provider of one seed: SES, which cannot tell what it accepted, or one that can. */
export class SimMailer {
  throttledByRate = 0;
  readonly #world: World;
  readonly #knows: boolean;
  readonly #perSecond: number;
  readonly #accepted = new Set<string>();
  readonly #suppressed: SuppressedAddress[] = [];
  /** Instants of the latest calls. */
  #recent: Instant[] = [];
  #pausedUntil = 0;
  #sandboxUntil = 0;
  #quotaUntil = 0;
  #messages = 0;

  constructor(world: World) {
    this.#world = world;
    this.#knows = world.scheduler.random() < 0.4;
    this.#perSecond = RATES[world.scheduler.pick(RATES.length)] as number;
  }

  async send(mail: Mail): Promise<{ messageId: string }> {
    const { faults, scheduler, observer } = this.#world;
    observer.called(mail);
    const { now } = scheduler;
    this.#recent = [...this.#recent.filter((at) => at > now - SECOND_MS), now];
    if (this.#recent.length > 2 * this.#perSecond + 1) {
      this.throttledByRate++;
      throw this.#refuse(mail, "throttled");
    }
    const refusal = this.#refusal();
    if (refusal !== undefined) throw this.#refuse(mail, refusal);
    if (faults.strikes("mail-timeout")) return this.#timeout(mail);
    const messageId = `m-${++this.#messages}`;
    this.#accepted.add(mail.sendId);
    observer.accepted(mail);
    traced(this.#world, () => `mailer accepts ${mail.sendId.slice(0, 6)} to ${mail.to}: ${mail.subject}`);
    this.#reportLater(mail, messageId);
    return faults.strikes("mail-timeout-accepted") ? this.#timeout(mail) : { messageId };
  }

  lookup(sendId: string): MailLookup {
    if (!this.#knows) return "unknowable";
    return this.#accepted.has(sendId) ? "accepted" : "not-accepted";
  }

  quota(): MailQuota {
    const { now } = this.#world.scheduler;
    const { calm } = this.#world.faults;
    const state =
      calm || now >= Math.max(this.#pausedUntil, this.#sandboxUntil)
        ? "open"
        : now < this.#pausedUntil
          ? "paused"
          : "sandbox";
    const perDay = 50_000;
    return { perSecond: this.#perSecond, perDay, sentToday: !calm && now < this.#quotaUntil ? perDay : 0, state };
  }

  async #timeout({ sendId }: Mail): Promise<never> {
    traced(this.#world, () => `mailer does not answer about ${sendId.slice(0, 6)}`);
    await this.#world.scheduler.wait(5 * SECOND_MS + this.#world.scheduler.pick(MAX_TIMEOUT_MS));
    throw Object.assign(new Error("The provider did not answer."), { name: "TimeoutError" });
  }

  /** The provider's own states last a while. */
  #refusal(): MailRefused["kind"] | undefined {
    const { faults, scheduler } = this.#world;
    const { now } = scheduler;
    if (faults.strikes("mail-paused")) this.#pausedUntil = now + scheduler.pick(HOUR_MS);
    if (faults.strikes("mail-sandbox")) this.#sandboxUntil = now + scheduler.pick(HOUR_MS);
    if (faults.strikes("mail-quota")) this.#quotaUntil = now + scheduler.pick(3 * HOUR_MS);
    if (faults.calm) return undefined;
    if (now < this.#pausedUntil) return "paused";
    if (now < this.#sandboxUntil) return "sandbox";
    if (now < this.#quotaUntil) return "quota";
    if (faults.strikes("mail-throttled")) return "throttled";
    return faults.strikes("mail-rejected") ? "rejected" : undefined;
  }

  #refuse({ sendId }: Mail, kind: MailRefused["kind"]): MailRefused {
    traced(this.#world, () => `mailer refuses ${sendId.slice(0, 6)}: ${kind}`);
    noteRefused(this.#world, sendId, kind);
    return new MailRefused(kind, `The provider says ${kind}.`, {
      ...(kind === "quota" && { retryAt: this.#world.scheduler.now + HOUR_MS }),
    });
  }

  /** What is on the provider's own list since an instant, some at a time. */
  suppressed({ since, next = "0" }: { since: Instant; next?: string }): { items: SuppressedAddress[]; next?: string } {
    const all = this.#suppressed.filter(({ at }) => at >= since);
    const end = Number(next) + SUPPRESSED_PAGE;
    return { items: all.slice(Number(next), end), ...(end < all.length && { next: String(end) }) };
  }

  #reportLater(mail: Mail, messageId: string): void {
    const { faults } = this.#world;
    const at = this.#world.scheduler.now;
    for (const kind of kindsOf(this.#world, mail)) {
      const reason = LISTED[kind];
      if (reason !== undefined) {
        this.#suppressed.push({ email: mail.to, reason, at });
        noteListed(this.#world, mail.to);
      }
      noteReport(this.#world, mail, kind);
      // A wish that nobody heard of cannot be checked; the provider keeps it in lists of its own.
      if (faults.strikes("feedback-lost")) continue;
      const softly = kind === "Bounce" ? "" : SOFT[this.#world.scheduler.pick(SOFT.length)];
      this.#report(reportOf(kind, { mail, messageId, at, subType: softly || "General" }));
    }
  }

  #report(body: JsonObject): void {
    const { faults, scheduler, queues } = this.#world;
    const delay = () =>
      faults.strikes("feedback-late")
        ? MINUTE_MS * 2 + scheduler.pick(8 * HOUR_MS)
        : faults.strikes("feedback-early")
          ? scheduler.pick(20)
          : 200 + scheduler.pick(MINUTE_MS);
    const after = (ms: number) => {
      this.#world.reports++;
      scheduler.at(scheduler.now + ms, () => {
        this.#world.reports--;
        noteTold(this.#world, body);
        queues.feedback.send(body);
        return IDLE;
      });
    };
    after(delay());
    if (faults.strikes("feedback-duplicate")) after(delay());
  }
}

/** What the provider puts onto its own list. */
const LISTED: Record<string, SuppressedAddress["reason"]> = { Bounce: "bounce", Complaint: "complaint" };
const SUPPRESSED_PAGE = 2;
/** Bounces that pass; the last one says nothing of the address. */
const SOFT = ["General", "General", "MailboxFull", "ContentRejected"];

/** What becomes of a mail that was taken. */
function kindsOf({ faults }: World, { tracksOpens }: Mail): string[] {
  if (faults.strikes("rejected-later")) return ["Reject"];
  if (faults.strikes("hard-bounce")) return ["Bounce"];
  const delayed = faults.strikes("delivery-delay") ? ["DeliveryDelay"] : [];
  if (faults.strikes("soft-bounce")) return [...delayed, "Bounce soft"];
  const read = [
    ...(tracksOpens && faults.strikes("open") ? ["Open"] : []),
    ...(faults.strikes("complaint") ? ["Complaint"] : []),
    ...(faults.strikes("subscription-ended") ? ["Subscription"] : []),
  ];
  return [...delayed, "Delivery", ...read];
}

type Reported = { mail: Mail; messageId: string; at: Instant; subType: string };

/** As SES says it through SNS. */
function reportOf(kind: string, { mail, messageId, at, subType }: Reported): JsonObject {
  const timestamp = iso(at + 150);
  const tags = Object.fromEntries(Object.entries(mail.tags).map(([name, value]) => [name, [value]]));
  const who = [{ emailAddress: mail.to }];
  const event = {
    eventType: kind.split(" ")[0] as string,
    mail: { timestamp: iso(at), messageId, destination: [mail.to], tags },
    ...(kind === "Delivery" && { delivery: { timestamp, recipients: [mail.to] } }),
    ...(kind === "DeliveryDelay" && { deliveryDelay: { timestamp, delayType: "MailboxFull", delayedRecipients: who } }),
    ...(kind === "Reject" && { reject: { reason: "Bad content" } }),
    ...(kind === "Open" && { open: { timestamp, userAgent: "<b>{{ x }}</b>", ipAddress: "192.0.2.1" } }),
    ...(kind === "Complaint" && { complaint: { timestamp, complainedRecipients: who } }),
    ...(kind === "Subscription" && {
      subscription: {
        timestamp,
        source: "UnsubscribeHeader",
        contactList: "list",
        newTopicPreferences: { unsubscribeAll: true, topicSubscriptionStatus: [] },
        oldTopicPreferences: { unsubscribeAll: false, topicSubscriptionStatus: [] },
      },
    }),
    ...(kind.startsWith("Bounce") && {
      bounce: {
        timestamp,
        bounceType: kind === "Bounce" ? "Permanent" : "Transient",
        bounceSubType: subType,
        bouncedRecipients: who,
      },
    }),
  };
  return { Type: "Notification", MessageId: `${messageId}-${kind}`, Message: JSON.stringify(event) };
}
