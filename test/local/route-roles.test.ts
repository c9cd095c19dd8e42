// Guarantees about who may call what: every route of the admin api x every role, asked from outside, and who counts as a role.
import { expect, test } from "vitest";
import { routes } from "../../cli/host/functions.ts";
import { type AdminRoute, adminFunction } from "../../functions/admin-function.ts";
import { routes as apiRoutesOf } from "../../functions/api.ts";
import { routes as doctorRoutesOf } from "../../functions/doctor.ts";
import { routes as explainRoutesOf } from "../../functions/explain.ts";
import type { LambdaHandler } from "../../functions/on-aws.ts";
import { routes as privacyRoutesOf } from "../../functions/privacy.ts";
import { routes as publishRoutesOf } from "../../functions/publish.ts";
import { type FunctionWiring, wiring } from "../../infra/wiring.ts";
import { type Role, roles } from "../../shared/domain/roles.ts";
import { apiRoutes } from "../../shared/pipeline/api-rights.ts";
import type { Ports } from "../../shared/pipeline/ports.ts";
import { MemoryWorld } from "../support/memory-world.ts";
import { aServer } from "../support/test-server.ts";

/** Written by hand: V viewer, M marketer, O operator, P privacy. A change of rights must be meant. */
const TABLE: Record<string, string> = {
  "GET /api/summary": "VMOP",
  "GET /api/segments": "VMOP",
  "GET /api/segments/{id}/members": "MOP",
  "GET /api/campaigns": "VMOP",
  "GET /api/events": "MOP",
  "GET /api/ledger": "VMOP",
  "GET /api/account": "VMOP",
  "GET /api/sends": "VMOP",
  "GET /api/jobs": "VMOP",
  "GET /api/jobs/{id}": "VMOP",
  "GET /api/doctor": "VMOP",
  "GET /api/profiles": "MOP",
  "GET /api/profiles/{id}": "MOP",
  "GET /api/profiles/{id}/timeline": "MOP",
  "GET /api/profiles/{id}/explain": "MOP",
  "GET /api/profiles/{id}/consents": "MOP",
  "GET /api/catalogue": "VMOP",
  "GET /api/plans/{id}": "VMOP",
  "POST /api/definitions": "MO",
  "POST /api/drafts": "MO",
  "POST /api/plans": "MO",
  "POST /api/plans/{id}/forecast": "MO",
  "POST /api/plans/{id}/apply": "MO",
  "POST /api/campaigns/{id}/pause": "MO",
  "POST /api/campaigns/{id}/resume": "MO",
  "POST /api/account/pause": "O",
  "POST /api/account/resume": "O",
  "POST /api/events": "O",
  "POST /api/imports": "O",
  "POST /api/jobs/nightly/start": "O",
  "POST /api/suppressions": "OP",
  "GET /api/audit": "P",
  "GET /api/retention": "P",
  "GET /api/profiles/{id}/export": "P",
  "POST /api/profiles/{id}/erase": "P",
  "POST /api/profiles/{id}/consents": "P",
  "POST /api/erasures": "P",
  "POST /api/erasures/reapply": "P",
  "POST /api/jobs/retention/start": "P",
};
/** Doors of the local mode alone. */
const LOCAL: Record<string, string> = {
  "GET /outbox": "MOP",
  "GET /api/outbox": "MOP",
  "GET /api/clock": "VMOP",
  "POST /api/clock": "O",
  "POST /api/feedback": "O",
};

const LETTER: Record<Role, string> = { viewer: "V", marketer: "M", operator: "O", privacy: "P" };

const served = (ports: Ports): AdminRoute[] => [
  ...apiRoutesOf(ports),
  ...publishRoutesOf(ports),
  ...privacyRoutesOf(ports),
  ...explainRoutesOf(ports),
  ...doctorRoutesOf(ports),
];
const keyOf = ({ method, path }: Pick<AdminRoute, "method" | "path">) => `${method} ${path}`;

test("every route of the functions has its right, and every right its route", () => {
  const keys = served({} as Ports).map(keyOf);
  expect(keys.toSorted()).toEqual(Object.keys(apiRoutes).sort());
  expect(Object.keys(TABLE).sort()).toEqual(Object.keys(apiRoutes).sort());
});

test("a route without a right is served by no function", () => {
  const route: AdminRoute = {
    method: "GET",
    path: "/api/secrets",
    handler: async () => ({ statusCode: 200, body: "" }),
  };
  expect(() => adminFunction({} as Ports, [route])).toThrow("GET /api/secrets has no right");
});

test("each role may call its own routes and no other, asked from outside", async () => {
  const { ask, host } = await aServer();
  host.data.clock.freeze();
  const refused: Record<string, string> = {};
  for (const key of Object.keys({ ...TABLE, ...LOCAL })) {
    const [method = "", path = ""] = key.split(" ");
    const isPost = method === "POST";
    const letters: string[] = [];
    for (const role of roles) {
      // A body that nothing takes: what is let through changes nothing.
      const { status, text } = await ask(path.replace(/\{\w+\}/, "nobody"), {
        method,
        headers: { "x-relance-role": role, ...(isPost && { "content-type": "application/json" }) },
        ...(isPost && { body: "[]" }),
      });
      expect([key, role, status < 500, text]).toEqual([key, role, true, text]);
      if (status !== 403) letters.push(LETTER[role]);
      else
        expect(JSON.parse(text).error).toMatchObject({ code: "role_needed", message: expect.stringContaining(role) });
    }
    refused[key] = letters.join("");
  }
  expect(refused).toEqual({ ...TABLE, ...LOCAL });
});

test("a refusal says which roles are needed, and nothing happens", async () => {
  const { ask, host } = await aServer();
  const headers = { "content-type": "application/json", "x-relance-role": "marketer" };
  const answer = await ask("/api/suppressions", { method: "POST", headers, body: '{"email":"anna@example.com"}' });
  expect([answer.status, answer.json().error]).toEqual([
    403,
    {
      code: "role_needed",
      message: "This needs the role operator or privacy; you are marketer.",
    },
  ]);
  const { items } = await host.data.table.scan({ segment: 0, segments: 1 });
  expect(items.filter(({ pk }) => pk.startsWith("ADDRESS#") || pk.startsWith("AUDIT#"))).toEqual([]);
});

test("whoever sits at the local mode's machine has every right; a role that there is not has none", async () => {
  const { ask } = await aServer();
  expect((await ask("/api/audit")).status).toBe(200);
  for (const role of ["admin", "", " ", "Viewer", "viewer,privacy", "__proto__", "relance-privacy"]) {
    const answer = await ask("/api/summary", { headers: { "x-relance-role": role } });
    expect([role, answer.status, answer.json().error]).toEqual([
      role,
      403,
      {
        code: "no_such_role",
        message:
          "The header x-relance-role must be one of viewer, marketer, operator, privacy; without it you have every right.",
      },
    ]);
  }
});

test("sources' and people's links need no role, and none takes them away", async () => {
  const { ask } = await aServer();
  const isPublic = routes.filter(({ key }) => !key.includes(" /api/"));
  expect(isPublic.length).toBeGreaterThan(2);
  for (const { key, method } of isPublic) {
    const path = (key.split(" ")[1] as string).replace("{call}", "batch").replace(/\{\w+\}/, "nonsense");
    const { status } = await ask(path, { method, headers: { "x-relance-role": "nobody" } });
    expect([key, status]).not.toEqual([key, 403]);
  }
});

const OWN_ACCOUNT = "111122223333";
const session = (role: string, account = OWN_ACCOUNT) => `arn:aws:sts::${account}:assumed-role/${role}/anna`;

/** What API Gateway hands over once it has checked a signature. */
function called(userArn: string | undefined, headers: Record<string, string> = {}) {
  const http = { method: "GET", path: "/api/audit" };
  const authorizer = userArn === undefined ? {} : { authorizer: { iam: { userArn } } };
  return {
    version: "2.0",
    routeKey: "GET /api/audit",
    rawPath: "/api/audit",
    headers,
    requestContext: { accountId: OWN_ACCOUNT, http, ...authorizer },
  };
}

async function privacyFunction(): Promise<LambdaHandler> {
  const { ports } = await MemoryWorld.open();
  return adminFunction({ ...ports, name: "acme-prod" }, privacyRoutesOf(ports));
}

test.each([
  ["the role of this deployment", session("acme-prod-privacy"), 200],
  ["the same in another partition", session("acme-prod-privacy").replace("arn:aws:", "arn:aws-us-gov:"), 200],
  ["another role of this deployment", session("acme-prod-operator"), 403],
  ["the role of another deployment", session("acme-test-privacy"), 403],
  ["a role whose name only begins so", session("acme-prod-privacy-copy"), 403],
  ["a role whose name only ends so", session("x-acme-prod-privacy"), 403],
  ["the same role of another account", session("acme-prod-privacy", "999999999999"), 403],
  ["a session that is called like the role", session("other").replace("/anna", "/acme-prod-privacy"), 403],
  ["a user of the account", `arn:aws:iam::${OWN_ACCOUNT}:user/acme-prod-privacy`, 403],
  ["a federated user", `arn:aws:sts::${OWN_ACCOUNT}:federated-user/acme-prod-privacy`, 403],
  ["the account's root", `arn:aws:iam::${OWN_ACCOUNT}:root`, 403],
  ["nobody", undefined, 403],
])("on AWS, %s is answered as it should be", async (_who, userArn, status) => {
  const handler = await privacyFunction();
  expect(await handler(called(userArn), {})).toMatchObject({ statusCode: status });
  // What only the local host may say means nothing in a header.
  const tried = await handler(called(userArn, { "x-relance-role": "privacy", authorizer: "local" }), {});
  expect(tried).toMatchObject({ statusCode: status });
});

test("no function answers under /api without a caller", async () => {
  const { ports } = await MemoryWorld.open();
  for (const [name, wired] of Object.entries(wiring.functions) as [string, FunctionWiring][]) {
    if (!wired.triggers.some((trigger) => "route" in trigger)) continue;
    const { create } = (await import(/* @vite-ignore */ `../../${wired.entry}`)) as {
      create: (given: Ports) => LambdaHandler;
    };
    const handler = create(ports);
    for (const key of Object.keys(apiRoutes)) {
      const [method = "", path = ""] = key.replace(/\{\w+\}/, "any").split(" ");
      const event = { ...called(undefined), routeKey: key, rawPath: path, body: "[]" };
      const answer = await handler(
        { ...event, requestContext: { accountId: OWN_ACCOUNT, http: { method, path } } },
        {},
      );
      expect([name, key, [403, 404].includes((answer as { statusCode: number }).statusCode)]).toEqual([
        name,
        key,
        true,
      ]);
    }
  }
});
