// Guarantee of replays: a life that is lived again knows nothing of a person before the first event.
import { expect, test } from "vitest";
import { newProfile } from "../../shared/domain/profile.ts";
import { occurrencesOf, replay } from "../../shared/domain/replay.ts";
import { aCatalogue, aLead, days, NOW, sendsOf } from "../support/builders.ts";

test("a scheduled campaign for everyone begins with a person's first event", () => {
  const daily = { campaign: "daily", on: { schedule: { daily: "09:00" } } };
  const catalogue = aCatalogue({ campaigns: [daily] });
  const until = NOW + days(10);
  const occurrences = occurrencesOf(catalogue, NOW, until);
  expect(occurrences).toHaveLength(10);
  const start = newProfile("p1", NOW, { counters: catalogue.countersHash, seq: catalogue.seq });
  const first = aLead({ occurredAt: NOW + days(4) });
  const lived = [...replay(start, [first], { catalogue, until, occurrences })];
  expect(sendsOf(lived.flatMap(({ decided }) => decided.effects))).toHaveLength(6);
});
