// Decides that the stacks are synthesized once for all guarantees about them.
import { afterAll, beforeAll, describe } from "vitest";
import { agreementSuite } from "./agreement.ts";
import { dataStackSuite } from "./data-stack.ts";
import { peopleRolesSuite } from "./people-roles.ts";
import { rightsSuite } from "./rights.ts";
import { type Assembly, synthesize } from "./template.ts";

let assembly: Assembly;
beforeAll(async () => {
  assembly = await synthesize();
});
afterAll(() => assembly?.dispose());

describe("the app stack agrees with the wiring", () => agreementSuite(() => assembly));
describe("rights", () => rightsSuite(() => assembly));
describe("roles of people", () => peopleRolesSuite(() => assembly));
describe("what is kept", () => dataStackSuite(() => assembly));
