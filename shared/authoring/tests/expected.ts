// Decides when a test expects what, and how long it looks on.
import { DAY_MS, type Instant, parseDuration } from "../../domain/instant.ts";
import { type Kind, kindOf, type WrittenExpectation, type WrittenTest } from "./test-schema.ts";
import { type Span, spanOf } from "./test-times.ts";

/** One expectation with its time; `index` is its place in the list. */
export type Expected = {
  index: number;
  kind: Kind;
  written: WrittenExpectation;
  /** Absent where no time was written. */
  span?: Span;
  at: Instant;
};

/** `path` is the field of the test that says otherwise. */
export type Difference = { path: string; message: string };

const LOOK_ON_MS = 30 * DAY_MS;

/** The expectations with their instants; each time counts from the line above, the first from the last given one. */
export function expectedBy({ body }: WrittenTest, { zone, lastAt }: { zone: string; lastAt: Instant }): Expected[] {
  let before = lastAt;
  return body.expect.map((written, index) => {
    const kind = kindOf(written) as Kind;
    if (written.at === undefined) return { index, kind, written, at: before };
    const { noon, ...span } = spanOf(written.at, { zone, before });
    before = noon;
    return { index, kind, written, span, at: noon };
  });
}

/** How long the test looks on: as it says, else 30 days after the last instant it speaks of. */
export function endOf(test: WrittenTest, times: { zone: string; lastAt: Instant }): Instant {
  const { until } = test.body;
  const last = Math.max(
    times.lastAt,
    ...expectedBy(test, times).map(({ at, span }) => (span === undefined ? at : span.until - 1)),
  );
  const after = until === undefined ? LOOK_ON_MS : parseDuration(until);
  if (after !== undefined) return last + after;
  return spanOf(until as string, { zone: times.zone, before: last }).until - 1;
}
