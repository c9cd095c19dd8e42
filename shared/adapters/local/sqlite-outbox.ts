// Decides what the local mailer does with a mail: keeps every accepted call for ever, and plays the mailbox simulator.
import type { StatementSync } from "node:sqlite";
import { DAY_MS, type Instant } from "../../domain/instant.ts";
import type { Json } from "../../domain/json.ts";
import type { ProviderState } from "../../domain/stop.ts";
import { Fault, MailRefused } from "../../pipeline/faults.ts";
import type { Clock, Mail, Mailer, MailLookup, MailQuota, Page, SuppressedAddress } from "../../pipeline/ports.ts";
import { feedbackOf, listedFor, reportsTo } from "./ses-feedback.ts";
import type { SqliteStore } from "./sqlite-store.ts";

/** A mail that left, with the instant of acceptance. */
export type OutboxMail = Mail & { messageId: string; at: Instant };

type Row = { n: number; message_id: string; at: number; body: string };

/** `state`: what the provider is played to allow; open when absent. */
type OutboxQuota = { perSecond: number; perDay: number; state?: ProviderState };
const DEFAULT_QUOTA: OutboxQuota = { perSecond: 2_000, perDay: 10_000_000 };
const DEFAULT_PAGE = 50;
const MAX_PAGE = 1_000;

/**
 * The local mailer. Every accepted call is a row of its own, a second one of the same send too, so that a mail sent
 * twice can be counted. The rate is only told, the daily quota is enforced.
 */
export class SqliteOutbox implements Mailer {
  readonly #store: SqliteStore;
  readonly #clock: Clock;
  readonly #feedback: (body: Json) => void;
  readonly #quota: OutboxQuota;
  readonly #sql: Record<"add" | "bySend" | "last" | "lastBefore" | "page" | "count" | "twice", StatementSync>;

  /** `feedback` enqueues one message on the feedback queue; it is called within the transaction that accepts the mail. */
  constructor(store: SqliteStore, options: { clock: Clock; feedback: (body: Json) => void; quota?: OutboxQuota }) {
    this.#store = store;
    this.#clock = options.clock;
    this.#feedback = options.feedback;
    this.#quota = options.quota ?? DEFAULT_QUOTA;
    this.#sql = {
      add: store.prepare("INSERT INTO mail (n, send_id, message_id, at, body) VALUES (?, ?, ?, ?, ?)"),
      bySend: store.prepare("SELECT 1 FROM mail WHERE send_id = ? LIMIT 1"),
      last: store.prepare("SELECT coalesce(max(n), 0) AS n FROM mail"),
      lastBefore: store.prepare("SELECT n FROM mail WHERE at <= ? ORDER BY at DESC, n DESC LIMIT 1"),
      page: store.prepare("SELECT n, message_id, at, body FROM mail WHERE n > ? ORDER BY n LIMIT ?"),
      count: store.prepare("SELECT count(*) AS n FROM mail"),
      twice: store.prepare(
        "SELECT send_id AS sendId, count(*) AS times FROM mail GROUP BY send_id HAVING count(*) > 1",
      ),
    };
  }

  /**
   * Keeps the mail; throws `MailRefused` over the daily quota, when the account may not send (in the sandbox: not to this
   * address, only to the mailbox simulator's), and for an address or header that no mail server takes.
   */
  async send(mail: Mail): Promise<{ messageId: string }> {
    checkMail(mail);
    this.#checkState(mail);
    if (this.#sentToday() >= this.#quota.perDay) throw new MailRefused("quota", "The daily sending quota is used up.");
    return this.#store.atomically(() => {
      const n = Number(this.#sql.last.get()?.["n"]) + 1;
      const accepted = { mail, messageId: `local-${String(n).padStart(12, "0")}`, at: this.#clock.now() };
      this.#sql.add.run(n, mail.sendId, accepted.messageId, accepted.at, JSON.stringify(mail));
      for (const body of feedbackOf(accepted)) this.#feedback(body);
      return { messageId: accepted.messageId };
    });
  }

  /** Always known here: every accepted call is kept. */
  async lookup(sendId: string): Promise<MailLookup> {
    return this.#sql.bySend.get(sendId) ? "accepted" : "not-accepted";
  }

  async quota(): Promise<MailQuota> {
    return { state: "open", ...this.#quota, sentToday: this.#sentToday() };
  }

  /** As on SES: whose mailbox bounced hard or complained, unless it is only played to be on the list already. */
  async suppressed({ since, next }: { since: Instant; next?: string }): Promise<Page<SuppressedAddress>> {
    const earlier = Number(this.#sql.lastBefore.get(since - 1)?.["n"] ?? 0);
    const { items, next: after } = this.list({ limit: MAX_PAGE, after: next ?? String(earlier) });
    const listed = items.flatMap(({ to, at }): SuppressedAddress[] => {
      const reason = listedFor(to);
      return reason === undefined ? [] : [{ email: to, reason, at }];
    });
    return { items: listed, ...(after !== undefined && { next: after }) };
  }

  /** Every mail that left, in order of acceptance; pages of 50 by default, 1,000 at most. */
  list(page: { limit?: number; after?: string } = {}): Page<OutboxMail> {
    const after = Number(page.after ?? 0);
    if (!Number.isSafeInteger(after)) {
      throw new Fault("bad_page_token", "The page token is not one that an earlier page returned.", {
        retryable: false,
      });
    }
    const limit = Math.max(1, Math.min(page.limit ?? DEFAULT_PAGE, MAX_PAGE));
    const rows = this.#sql.page.all(after, limit) as Row[];
    const items = rows.map((row): OutboxMail => ({ ...JSON.parse(row.body), messageId: row.message_id, at: row.at }));
    const last = rows.length === limit ? rows.at(-1) : undefined;
    return last ? { items, next: String(last.n) } : { items };
  }

  /** How many calls were accepted. */
  count(): number {
    return Number(this.#sql.count.get()?.["n"]);
  }

  /** Sends that were accepted more than once; there must never be any. */
  sentTwice(): { sendId: string; times: number }[] {
    return (this.#sql.twice.all() as { sendId: string; times: number }[]).map(({ sendId, times }) => ({
      sendId,
      times,
    }));
  }

  #checkState(mail: Mail): void {
    const { state = "open" } = this.#quota;
    if (state === "paused") throw new MailRefused("paused", "The account may not send.");
    if (state === "open" || reportsTo(mail.to).length > 0) return;
    throw new MailRefused("sandbox", "The recipient's address is not verified.");
  }

  /** Accepted within the last 24 hours; mails are numbered in order of time, so two look-ups are enough. */
  #sentToday(): number {
    const last = Number(this.#sql.last.get()?.["n"]);
    return last - Number(this.#sql.lastBefore.get(this.#clock.now() - DAY_MS)?.["n"] ?? 0);
  }
}

function checkMail(mail: Mail): void {
  if (!/^[^\s@]+@[^\s@]+$/.test(mail.to.replace(/^[^<>]*<([^<>]*)>$/, "$1"))) {
    throw new MailRefused("rejected", "The recipient is not an e-mail address.");
  }
  const lines = [mail.from, mail.to, mail.subject, mail.replyTo ?? "", ...Object.entries(mail.headers).flat()];
  if (lines.some((line) => /[\r\n]/.test(line))) throw new MailRefused("rejected", "A header holds a line break.");
}
