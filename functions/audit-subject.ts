// Decides what the audit keeps of whom or what a call is about: opaque ids and hashes, nothing a person could be known by.
import { normalAddress } from "../shared/domain/email-address.ts";
import type { SubjectKind } from "../shared/pipeline/api-rights.ts";
import type { AuditSubject } from "../shared/pipeline/audit.ts";
import { findErasable } from "../shared/pipeline/identity.ts";
import { addressKey, campaignsEverKey } from "../shared/pipeline/keys.ts";
import type { Ports } from "../shared/pipeline/ports.ts";
import { type HttpRequest, jsonBody } from "./http-function.ts";

/** As much as a source may call somebody. */
const MAX_ID_LENGTH = 255;

type SubjectPorts = Pick<Ports, "table" | "secrets">;

/** How the names look that the company gives; what looks otherwise may be anything, and is left out. */
const NAMES = {
  plan: /^[a-z0-9]{8}@\d{1,10}$/,
  source: /^[a-z0-9][a-z0-9._-]{0,99}$/i,
  event: /^[a-z][a-z0-9_]{0,49}(?:\.[a-z0-9_]{1,50}){0,3}$/,
};

/** `undefined` where the request says none that could be kept. */
export async function auditSubject(
  ports: SubjectPorts,
  kind: SubjectKind,
  request: HttpRequest,
): Promise<AuditSubject | undefined> {
  if (kind === "account") return { account: "all mail" };
  if (kind === "profile") return profileOf(ports, request.pathParameters?.["id"]);
  if (kind === "campaign") return campaignOf(ports, request.pathParameters?.["id"]);
  if (kind === "plan") return named(kind, request.pathParameters?.["id"]);
  const body = jsonBody(request);
  const given = "answer" in body || typeof body.value !== "object" || body.value === null ? {} : body.value;
  const { email, source, event, type, userId } = given as Record<string, unknown>;
  if (kind === "address") return addressOf(ports, email);
  if (kind === "source") return named(kind, source);
  return { ...named(kind, event ?? type), ...(await profileOf(ports, userId)) };
}

async function profileOf(ports: SubjectPorts, asked: unknown): Promise<AuditSubject | undefined> {
  const isId = typeof asked === "string" && asked.length <= MAX_ID_LENGTH && asked.isWellFormed();
  const profile = isId ? await findErasable(ports, asked) : undefined;
  return profile === undefined ? undefined : { profile };
}

/** Only one that was published: any other text may be anything. */
async function campaignOf({ table }: SubjectPorts, asked = ""): Promise<AuditSubject | undefined> {
  const ever = (await table.get(campaignsEverKey))?.["campaigns"] as string[] | undefined;
  return ever?.includes(asked) ? { campaign: asked } : undefined;
}

async function addressOf({ secrets }: SubjectPorts, asked: unknown): Promise<AuditSubject | undefined> {
  const email = typeof asked === "string" ? normalAddress(asked) : undefined;
  return email === undefined ? undefined : { address: addressKey(await secrets.get("identity"), email).pk };
}

function named(kind: keyof typeof NAMES, name: unknown): AuditSubject | undefined {
  return typeof name === "string" && NAMES[kind].test(name) ? { [kind]: name } : undefined;
}
