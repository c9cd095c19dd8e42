// Makes random histories, and random conditions of the whole language to ask of them.
import fc from "fast-check";
import type { Event } from "../../shared/domain/event.ts";
import type { Json, JsonObject } from "../../shared/domain/json.ts";
import { anEvent, anIdentify, NOW } from "./builders.ts";
import type { World } from "./naive-conditions.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

export const ZONES = ["Europe/Paris", "America/New_York", "Pacific/Kiritimati", "Asia/Kolkata", "UTC"];
export const SEGMENTS = ["buyers", "quiet"];
const TYPES = ["purchase.completed", "page.viewed"];

/** Few values, so that conditions and histories meet often; every kind a value may be of, wrong ones included. */
const MONEY: Json[] = [
  { amount: 5_000, currency: "EUR" },
  { amount: 10_050, currency: "EUR" },
  { amount: 7_000, currency: "CHF" },
];
const VALUES: Json[] = [...MONEY, 5, 19.99, 100, -3, "FR", "France", "BE", "50 EUR", true, null, ["FR", "BE"], [5], {}];
const DATES: Json[] = [
  "2026-03-10",
  "2024-02-29",
  "1990-03-29",
  "--03-05",
  "2026-02-29",
  "2026-03-12T15:30:00Z",
  "soon",
  7,
  null,
];

/** Hours of which many fall together, with the edges of days among them. */
const moment = (hours: number) =>
  fc.oneof(
    fc.integer({ min: 0, max: hours }).map((n) => NOW + n * HOUR),
    fc
      .tuple(fc.nat({ max: Math.floor(hours / 24) }), fc.constantFrom(0, -1, 1))
      .map(([n, ms]) => NOW + n * DAY - 10 * HOUR + DAY + ms),
  );
const SPAN_HOURS = 40 * 24;

const happening = fc
  .record({
    type: fc.constantFrom(...TYPES),
    at: moment(SPAN_HOURS),
    amount: fc.constantFrom(...VALUES),
    category: fc.constantFrom<Json>("books", "games", null),
  })
  .map(({ type, at, amount, category }) => anEvent(type, { amount, item: { category } }, { occurredAt: at }));
const identify = fc
  .record({
    at: moment(SPAN_HOURS),
    traits: fc.record(
      { fact: fc.constantFrom(...VALUES), born: fc.constantFrom(...DATES), ends: fc.constantFrom(...DATES) },
      { requiredKeys: [] },
    ),
  })
  .map(({ at, traits }) => anIdentify(traits as JsonObject, { occurredAt: at }));

/** Stays that neither touch nor overlap, some of them not over yet. */
const stays = fc
  .uniqueArray(fc.integer({ min: -200, max: SPAN_HOURS }), { maxLength: 5 })
  .map((hours) => hours.toSorted((a, b) => a - b).map((n) => NOW + n * HOUR))
  .map((turns) =>
    turns.flatMap((from, index) =>
      index % 2 === 0 ? [{ from, until: turns[index + 1] ?? Number.POSITIVE_INFINITY }] : [],
    ),
  );

export const history: fc.Arbitrary<Event[]> = fc.array(fc.oneof({ weight: 3, arbitrary: happening }, identify), {
  maxLength: 14,
});

export const world: fc.Arbitrary<World> = fc
  .record({
    id: fc.constantFrom("p1", "p2", "p3"),
    zone: fc.constantFrom(...ZONES),
    events: history,
    properties: fc.option(fc.record({ amount: fc.constantFrom(...VALUES) }, { requiredKeys: [] }), { nil: undefined }),
    enteredAt: fc.option(moment(SPAN_HOURS), { nil: undefined }),
    buyers: stays,
    quiet: stays,
  })
  .map(({ properties, enteredAt, buyers, quiet, ...rest }) => ({
    ...rest,
    ...(properties !== undefined && { properties: properties as JsonObject }),
    ...(enteredAt !== undefined && { enteredAt }),
    segments: { buyers, quiet },
  }));

const number = fc.constantFrom<Json>(5, 19.99, 25, 100, 119.99);
const amount = fc.constantFrom<Json>("50 EUR", "100.50 EUR", "150.50 EUR", "70 CHF");
const euros = fc.constantFrom<Json>("50 EUR", "100.50 EUR", "150.50 EUR");
const literal = fc.oneof(number, amount, fc.constantFrom<Json>("FR", "Fr", "BE", true));
const text = fc.constantFrom<Json>("F", "Fra", "E", "BE");
const pair = (value: fc.Arbitrary<Json>) => fc.tuple(value, value).map((ends): Json => ends);

const quantity = (value: fc.Arbitrary<Json>) =>
  fc
    .record(
      {
        eq: value,
        ne: value,
        lt: value,
        lte: value,
        gt: value,
        gte: value,
        between: pair(value),
        in: fc.array(value, { minLength: 1, maxLength: 3 }),
      },
      { requiredKeys: [] },
    )
    .chain((all) => fewOf(all as JsonObject));
const anyComparison = fc.oneof(
  quantity(number),
  quantity(euros),
  fc.oneof(
    literal.map((eq) => ({ eq })),
    literal.map((ne) => ({ ne })),
    fc.array(literal, { minLength: 1, maxLength: 3 }).map((list) => ({ in: list })),
    literal.map((contains) => ({ contains })),
    text.map((startsWith) => ({ startsWith })),
    text.map((endsWith) => ({ endsWith })),
    fc.boolean().map((exists) => ({ exists })),
  ) as fc.Arbitrary<JsonObject>,
);

/** One or two of the fields, so that there is something left to meet. */
function fewOf(all: JsonObject): fc.Arbitrary<JsonObject> {
  const keys = Object.keys(all);
  if (keys.length === 0) return fc.constant({ gte: 5 });
  return fc
    .subarray(keys, { minLength: 1, maxLength: Math.min(2, keys.length) })
    .map((some) => Object.fromEntries(some.map((key) => [key, all[key] as Json])));
}

const duration = fc.oneof(
  fc.integer({ min: 1, max: 30 }).map((n) => `${n} days`),
  fc.integer({ min: 1, max: 60 }).map((n) => `${n} hours`),
  fc.constantFrom("90 minutes", "2 weeks"),
);
const wholeDays = fc.integer({ min: 1, max: 30 }).map((n) => `${n} days`);
const BOOKS: Json = { property: "item.category", eq: "books" };
const where = fc.constantFrom<JsonObject>(
  {},
  { where: BOOKS },
  { where: { not: BOOKS } },
  {
    where: {
      any: [
        { property: "amount", gte: 10 },
        { property: "item.category", exists: false },
      ],
    },
  },
);
const type = fc.constantFrom(...TYPES);
const when = fc.constantFrom("2026-03-10", "2026-03-20", "2026-03-15T12:00:00Z", "2026-04-01");
const joined = (...parts: fc.Arbitrary<JsonObject>[]) =>
  fc.tuple(...parts).map((objects) => Object.assign({}, ...objects) as JsonObject);
const named = (key: string, value: fc.Arbitrary<Json>) => value.map((one): JsonObject => ({ [key]: one }));
const maybe = (key: string, value: fc.Arbitrary<Json>) =>
  fc.option(value, { nil: undefined }).map((one): JsonObject => (one === undefined ? {} : { [key]: one }));

const count = fc
  .tuple(fc.constantFrom("atLeast", "atMost", "exactly"), fc.nat({ max: 3 }))
  .map(([key, n]) => ({ [key]: n }));
const past = fc.oneof(
  joined(maybe("within", duration), named("after", when)),
  joined(named("olderThan", duration), maybe("before", when)),
  named("within", duration),
);
const aggregated = fc
  .constantFrom("sum", "average", "min", "max")
  .chain((key) =>
    joined(
      named(key, type),
      fc.constant({ of: "amount" }),
      maybe("within", wholeDays),
      where,
      fc.oneof(quantity(number), quantity(euros)),
    ),
  );

export const leafCondition: fc.Arbitrary<JsonObject> = fc.oneof(
  joined(named("trait", fc.constant("fact")), anyComparison),
  joined(named("property", fc.constant("amount")), anyComparison),
  joined(named("did", type), count, maybe("within", duration), maybe("since", fc.constant("entry")), where),
  joined(named("didNot", type), named("for", duration), where),
  { weight: 3, arbitrary: aggregated },
  fc.constantFrom("first", "last").chain((key) => joined(named(key, type), past, where)),
  joined(named("date", fc.constant("ends")), fc.oneof(past, named("ahead", duration))),
  joined(named("inSegment", fc.constantFrom(...SEGMENTS, "gone")), maybe("for", duration)),
  joined(
    named(
      "anniversary",
      fc.oneof(
        fc.constant<Json>("born"),
        type.map((first): Json => ({ first })),
      ),
    ),
    maybe("within", wholeDays),
  ),
  joined(named("bucket", fc.constantFrom("spring", "autumn")), quantity(fc.constantFrom<Json>(10, 50, 90))).map(
    ({ eq: _eq, ne: _ne, in: _in, ...rest }) => (Object.keys(rest).length > 1 ? rest : { ...rest, lt: 50 }),
  ),
);

export const condition: fc.Arbitrary<JsonObject> = fc.letrec<{ node: JsonObject }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    { weight: 3, arbitrary: leafCondition },
    fc
      .tuple(fc.constantFrom("all", "any", "none"), fc.array(tie("node"), { minLength: 1, maxLength: 3 }))
      .map(([key, parts]): JsonObject => ({ [key]: parts })),
    tie("node").map((part): JsonObject => ({ not: part })),
  ),
})).node;

/** An instant from the last event on: before it the kept stamps need not tell. */
export const instantAfter = ({ events }: World, days = 60): fc.Arbitrary<number> => {
  const last = Math.max(NOW, ...events.map(({ occurredAt }) => occurredAt));
  return fc.oneof(
    fc.integer({ min: 0, max: days * 24 }).map((n) => last + n * HOUR),
    fc.nat({ max: 3 * DAY }).map((ms) => last + ms),
    fc.nat({ max: 500 }).map((n) => last + n * DAY),
  );
};
