// Decides how tests are run: each by itself, pure, and a mail that nobody could write fails the test that would send it.
import type { Definition } from "../../domain/definition.ts";
import type { KnownFacts } from "../../domain/known-facts.ts";
import { type Place, placeOfPath } from "../source-problem.ts";
import { compareTest } from "./compare-test.ts";
import { type Difference, endOf } from "./expected.ts";
import { catalogueForTests, type Played, playTest } from "./play-test.ts";
import { timeIn } from "./test-line.ts";
import type { WrittenTest } from "./test-schema.ts";
import { timelineOf } from "./test-timeline.ts";

/** A difference at its line of the file. */
export type Failure = Place & { message: string };

/** How one test went; `diff` and `timeline` are lines for people. */
export type TestResult = {
  test: string;
  file: string;
  line: number;
  passed: boolean;
  failures: Failure[];
  zone: string;
  diff: string[];
  timeline: string[];
};

/** Runs every test against sound definitions. Some milliseconds each. */
export function runTests(tests: WrittenTest[], definitions: Definition[], facts: KnownFacts): TestResult[] {
  const catalogue = catalogueForTests(definitions);
  const zone = catalogue.settings.timezone.default;
  return tests.map((test) => {
    const until = ({ lastAt }: { lastAt: number }) => endOf(test, { zone, lastAt });
    const played = playTest(test, { catalogue, facts, until });
    const { differences, diff } = compareTest(test, played);
    const failures = [...differences, ...unwritten(test, played)].map(({ path, message }) => ({
      ...placeOfPath(test.lines, path),
      message,
    }));
    const { line } = placeOfPath(test.lines, "test");
    const passed = failures.length === 0;
    return {
      test: test.body.test,
      file: test.file,
      line,
      passed,
      failures,
      zone,
      diff: passed ? [] : diff,
      timeline: passed ? [] : timelineOf(played),
    };
  });
}

/** Mails that could not be written, unless the test speaks of them itself. */
function unwritten({ body }: WrittenTest, { mails, zone }: Played): Difference[] {
  const scope = [body.campaign ?? []].flat();
  const expected = body.expect.map(({ sent, refused, reason }) => sent ?? (reason === "not-renderable" ? refused : ""));
  return mails.flatMap((mail) => {
    if (mail.state !== "refused" || mail.reason !== "not-renderable" || expected.includes(mail.name)) return [];
    if (scope.length > 0 && !scope.includes(mail.name.split("/")[0] as string)) return [];
    return [
      { path: "expect", message: `${mail.name} could not be written at ${timeIn(zone, mail.at)}: ${mail.detail}` },
    ];
  });
}
