// Decides what programs see of the mails that left: every one, in order of acceptance, as JSON.
import { iso } from "../../shared/domain/instant.ts";
import { Fault } from "../../shared/pipeline/faults.ts";
import type { LocalHost } from "./host.ts";
import { jsonAnswer, type LocalAnswer, type LocalRequest, problemAnswer } from "./local-http.ts";

const MAX_LIMIT = 1_000;

/** `GET /api/outbox?limit=&next=`: 50 mails a page, 1,000 at most, oldest first; `next` is there while more may follow. */
export function listOutbox({ data }: LocalHost, { query }: LocalRequest): LocalAnswer {
  const asked = new URLSearchParams(query);
  const limit = asked.get("limit");
  const after = asked.get("next");
  if (limit !== null && !/^[1-9]\d{0,5}$/.test(limit)) {
    return problemAnswer(400, "bad_limit", `limit must be a number from 1 to ${MAX_LIMIT}, for example ?limit=100`);
  }
  try {
    const page = data.outbox.list({
      ...(limit !== null && { limit: Number(limit) }),
      ...(after !== null && { after }),
    });
    return jsonAnswer(200, { ...page, items: page.items.map((mail) => ({ ...mail, at: iso(mail.at) })) });
  } catch (error) {
    if (error instanceof Fault && !error.retryable) return problemAnswer(400, error.code, error.message);
    throw error;
  }
}
