// Decides how an AWS SDK's PutEvents call is answered: entry by entry, in EventBridge's own words.
import * as z from "zod";
import { OWN_SOURCE } from "../../shared/domain/deciding.ts";
import { type Instant, SECOND_MS } from "../../shared/domain/instant.ts";
import { isDeeperThan, type JsonObject } from "../../shared/domain/json.ts";
import { Fault } from "../../shared/pipeline/faults.ts";
import { withAcceptance } from "../../shared/pipeline/ingest.ts";
import type { BusEntry, Ports } from "../../shared/pipeline/ports.ts";
import type { LocalAnswer, LocalRequest } from "./local-http.ts";

const MAX_ENTRIES = 10;
const MAX_BYTES = 1024 * 1024;
const TIME_BYTES = 14;
const ID_BYTES = 40;
/** EventBridge takes deeper ones; no event is, and a recursive reader must come back. */
const MAX_DEPTH = 100;

const text = z.string().nullish();
/** Fields that decide nothing here (EventBusName, Resources, TraceHeader) are not looked at. Time is epoch seconds. */
const entrySchema = z.object({ Source: text, DetailType: text, Detail: text, Time: z.number().nullish() });
const requestSchema = z.object({ Entries: z.array(entrySchema).nullish() });
type Entry = z.infer<typeof entrySchema>;
type Result = { EventId: string } | { ErrorCode: string; ErrorMessage: string };

/** Whether a request is meant for EventBridge, or another AWS service. */
export function isAwsCall({ method, headers }: LocalRequest): boolean {
  return method === "POST" && headers["x-amz-target"] !== undefined;
}

/** PutEvents; the signature is not checked, this server is only reached from this machine. */
export async function putEvents(ports: Ports, { headers, body }: LocalRequest): Promise<LocalAnswer> {
  const answer = (status: number, content: object): LocalAnswer => ({
    status,
    headers: { "content-type": "application/x-amz-json-1.1", "x-amzn-requestid": ports.ids.next() },
    body: JSON.stringify(content),
  });
  const failure = (type: string, message: string) => answer(400, { __type: type, message });
  if (headers["x-amz-target"] !== "AWSEvents.PutEvents") {
    return failure("UnknownOperationException", "Of AWS's operations, only AWSEvents.PutEvents is answered here.");
  }
  const request = requestOf(body);
  if (request === undefined) {
    return failure("SerializationException", 'The body must be {"Entries": [{Source, DetailType, Detail: "<JSON>"}]}.');
  }
  const entries = request.Entries ?? [];
  if (entries.length === 0 || entries.length > MAX_ENTRIES) {
    const message = `1 validation error detected: entries must have 1 to ${MAX_ENTRIES} members, not ${entries.length}.`;
    return failure("ValidationException", message);
  }
  if (entries.reduce((total, entry) => total + bytesOf(entry), 0) > MAX_BYTES) {
    return failure("ValidationException", "Total size of the entries in the request is over the limit.");
  }
  try {
    const results = await publish(ports, entries);
    return answer(200, {
      FailedEntryCount: results.filter((result) => "ErrorCode" in result).length,
      Entries: results,
    });
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return error.retryable
      ? answer(500, { __type: "InternalException", message: error.message })
      : failure("ValidationException", error.message);
  }
}

function requestOf(body: string): z.infer<typeof requestSchema> | undefined {
  try {
    return requestSchema.safeParse(JSON.parse(body)).data;
  } catch {
    return undefined;
  }
}

async function publish(ports: Ports, entries: Entry[]): Promise<Result[]> {
  const now = ports.clock.now();
  const judged = entries.map((entry) => judge(entry, { id: ports.ids.next(), now }));
  const valid = judged.filter((one) => "publish" in one);
  const { failed } = valid.length > 0 ? await ports.bus.publish(valid.map((one) => one.publish)) : { failed: [] };
  const reasons = new Map(failed.map(({ index, reason }) => [valid[index], reason]));
  return judged.map((one): Result => {
    if (!("publish" in one)) return one;
    const reason = reasons.get(one);
    return reason === undefined ? { EventId: one.id } : { ErrorCode: "InternalFailure", ErrorMessage: reason };
  });
}

type Judged = { publish: BusEntry; id: string } | { ErrorCode: string; ErrorMessage: string };

function judge(entry: Entry, { id, now }: { id: string; now: Instant }): Judged {
  const { Source, DetailType, Detail, Time } = entry;
  const missing = Object.entries({ Source, DetailType, Detail }).find(([, value]) => !value)?.[0];
  if (!Source || !DetailType || !Detail) {
    const ErrorMessage = `Parameter ${missing} is not valid. Reason: ${missing} is a required argument.`;
    return { ErrorCode: "InvalidArgument", ErrorMessage };
  }
  const owner = Source === OWN_SOURCE ? "Relance itself" : Source.startsWith("aws.") ? "AWS" : undefined;
  if (owner !== undefined) {
    const ErrorMessage = `Not authorized for the source. In the name of ${Source} only ${owner} speaks: give your system a name of its own.`;
    return { ErrorCode: "NotAuthorizedForSourceException", ErrorMessage };
  }
  const detail = detailOf(Detail);
  if (detail === undefined) return { ErrorCode: "MalformedDetail", ErrorMessage: "Detail is malformed." };
  const at = typeof Time === "number" && isDate(Time) ? Time * SECOND_MS : now;
  // An event without an id of its own goes by EventBridge's; so the EventId of the answer is found again.
  return { id, publish: { source: Source, type: DetailType, detail: withAcceptance({ id, ...detail }, now), at } };
}

function detailOf(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject && !isDeeperThan(value, MAX_DEPTH) ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}

const isDate = (epochSeconds: number): boolean => epochSeconds >= 0 && epochSeconds < 253_402_300_800;

/** As EventBridge counts: the time, then source, type and detail; and the id that the detail may get. */
function bytesOf({ Source, DetailType, Detail }: Entry): number {
  const texts = [Source, DetailType, Detail].map((value) => Buffer.byteLength(value ?? ""));
  return texts.reduce((total, bytes) => total + bytes, TIME_BYTES + ID_BYTES);
}
