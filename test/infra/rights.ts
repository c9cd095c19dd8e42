// Guarantees about rights: each role has exactly what its function may do, and its environment names nothing else.
import { readFile } from "node:fs/promises";
import { beforeAll, describe, expect, test } from "vitest";
import { type FunctionWiring, wiring as plain, type Wiring } from "../../infra/wiring.ts";
import { type Assembly, listOf, nameOf, resourcesOf, textOf } from "./template.ts";

const wiring: Wiring = plain;
const pascal = (name: string) => name.charAt(0).toUpperCase() + name.slice(1);

let assembly: Assembly;

/** Texts with the long names of SSM parameters cut down to what they stand for. */
const short = (value: unknown) =>
  textOf(value)
    .replace(
      /\$\{SsmParameterValuerelance(tablename|erasurestablename|configurationsetname)[A-F0-9]+Parameter\}/,
      "<$1>",
    )
    .replace(/arn:\$\{AWS::Partition\}:(\w+):\$\{AWS::Region\}:\$\{AWS::AccountId\}:/, "$1:");

/** Every allowed pair of action and resource of a role. */
function allowedTo(role: Record<string, unknown>): string[] {
  const policies = role["Policies"] as {
    PolicyDocument: { Statement: { Effect: string; Action: string | string[]; Resource: unknown }[] };
  }[];
  return policies
    .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
    .flatMap((one) => {
      expect(one.Effect).toBe("Allow");
      return listOf(one.Action).flatMap((action) =>
        listOf(one.Resource).map((resource) => `${action} ${short(resource)}`),
      );
    })
    .sort();
}

/** Where messages lie that nothing takes. */
const deadLetters = Object.entries(wiring.queues).map(([name, { maxReceives }]) =>
  maxReceives === undefined ? `\${${pascal(name)}Queue.Arn}` : `\${${pascal(name)}DeadLetters.Arn}`,
);

/** The same pairs, from the wiring alone. */
function wantedOf(name: string, { may, triggers }: FunctionWiring): string[] {
  const on = (resource: string, actions: string[]) => actions.map((action) => `${action} ${resource}`);
  const table = "dynamodb:table/<tablename>";
  return [
    ...on(`\${${pascal(name)}Log.Arn}`, ["logs:CreateLogStream", "logs:PutLogEvents"]),
    ...triggers.flatMap((trigger) =>
      "queue" in trigger
        ? on(`\${${pascal(trigger.queue)}Queue.Arn}`, [
            "sqs:ReceiveMessage",
            "sqs:DeleteMessage",
            "sqs:GetQueueAttributes",
          ])
        : [],
    ),
    ...(may.table?.includes("read")
      ? [
          ...on(table, ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"]),
          ...["due", "list"].map((index) => `dynamodb:Query ${table}/index/${index}`),
        ]
      : []),
    ...(may.table?.includes("write")
      ? on(table, ["dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:ConditionCheckItem"])
      : []),
    ...(may.bus ? on(`\${Bus.Arn}`, ["events:PutEvents"]) : []),
    ...(may.queues ?? []).flatMap((queue) => on(`\${${pascal(queue)}Queue.Arn}`, ["sqs:SendMessage"])),
    ...(may.mail?.includes("send")
      ? [
          ...on("ses:identity/*", ["ses:SendEmail"]),
          ...on("ses:configuration-set/<configurationsetname>", ["ses:SendEmail"]),
        ]
      : []),
    ...(may.mail?.includes("quota") ? on("*", ["ses:GetAccount"]) : []),
    ...(may.mail?.includes("suppressed") ? on("*", ["ses:ListSuppressedDestinations"]) : []),
    ...(may.erasures ?? []).map(
      (right) => `${{ note: "dynamodb:PutItem", list: "dynamodb:Query" }[right]} dynamodb:table/<erasurestablename>`,
    ),
    ...(may.copies
      ? deadLetters.flatMap((queue) =>
          on(queue, ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"]),
        )
      : []),
    ...(may.secrets ?? []).flatMap((secret) => on(`ssm:parameter/relance/secrets/${secret}`, ["ssm:GetParameter"])),
  ].sort();
}

/** The guarantees; `given` tells the assembly once it is there. */
export function rightsSuite(given: () => Assembly): void {
  beforeAll(() => {
    assembly = given();
  });

  describe("each role", () => {
    test("may do exactly what the wiring says, with every action written out", () => {
      const roles = resourcesOf(assembly.app, "AWS::IAM::Role").filter(([id]) => id.endsWith("Role"));
      expect(roles.map(([id]) => nameOf(id, "Role"))).toEqual(Object.keys(wiring.functions));
      for (const [id, role] of roles) {
        const name = nameOf(id, "Role");
        expect(role["ManagedPolicyArns"]).toBeUndefined();
        const found = allowedTo(role);
        expect({ [name]: found }).toEqual({ [name]: wantedOf(name, wiring.functions[name] as FunctionWiring) });
        expect(found.filter((pair) => pair.split(" ")[0]?.includes("*"))).toEqual([]);
      }
    });

    test("is used by its own function only", () => {
      for (const [id, one] of resourcesOf(assembly.app, "AWS::Lambda::Function")) {
        expect(textOf(one["Role"])).toBe(`\${${pascal(nameOf(id, "Function"))}Role.Arn}`);
      }
    });
  });

  describe("each environment", () => {
    const variables = (name: string) =>
      Object.keys(assembly.app.Resources[`${pascal(name)}Function`]?.Properties["Environment"].Variables);

    test("names what its function may touch, and nothing else", () => {
      for (const [name, { may }] of Object.entries(wiring.functions)) {
        const wanted = [
          "NODE_OPTIONS",
          "RELANCE_FUNCTION",
          "RELANCE_NAME",
          "RELANCE_PUBLIC_URL",
          ...(may.table ? ["RELANCE_TABLE"] : []),
          ...(may.bus ? ["RELANCE_BUS"] : []),
          ...(may.mail ? ["RELANCE_CONFIGURATION_SET"] : []),
          ...(may.secrets ? ["RELANCE_SECRETS_PREFIX"] : []),
          ...(may.erasures ? ["RELANCE_ERASURES"] : []),
          ...(may.copies ? ["RELANCE_DEAD_LETTERS"] : []),
          ...(may.queues ?? []).map((queue) => `RELANCE_QUEUE_${queue.toUpperCase()}`),
        ];
        expect({ [name]: variables(name).sort() }).toEqual({ [name]: wanted.sort() });
      }
    });

    test("has no name that the functions do not read", async () => {
      const reader = await readFile(new URL("../../functions/ports-from-env.ts", import.meta.url), "utf8");
      const names = new Set(Object.keys(wiring.functions).flatMap(variables));
      for (const name of names) {
        if (name.startsWith("RELANCE_")) expect(reader).toContain(name.replace(/(?<=RELANCE_QUEUE_).*/, ""));
      }
    });
  });
}
