// Decides where secrets come from on AWS: SSM SecureString parameters, read at run time and kept for five minutes.
import { createHash } from "node:crypto";
import { GetParameterCommand, type SSMClient } from "@aws-sdk/client-ssm";
import * as z from "zod";
import { OWN_SOURCE } from "../../domain/deciding.ts";
import { type Instant, MINUTE_MS } from "../../domain/instant.ts";
import { Fault, Unavailable } from "../../pipeline/faults.ts";
import type { Clock, SecretName, Secrets } from "../../pipeline/ports.ts";

const MAX_AGE_MS = 5 * MINUTE_MS;
const MIN_KEY_BYTES = 32;
/** The write keys' parameter: a JSON object of write key to source name. */
const WriteKeys = z.record(z.string().min(16), z.string().min(1));

/**
 * Secrets on SSM below a prefix such as `/relance/secrets`: the parameters `identity`, `link` and `writeKeys`, named as in
 * the wiring's rights. Each costs one read per five minutes and instance.
 */
export function ssmSecrets(options: { client: SSMClient; prefix: string; clock: Pick<Clock, "now"> }): Secrets {
  const read = (name: string) => readParameter(options.client, `${options.prefix}/${name}`);
  const keyNamed = (name: SecretName) => kept(options.clock, async () => longEnough(name, await read(name)));
  const keys = { identity: keyNamed("identity"), link: keyNamed("link") };
  const sources = kept(options.clock, async () => sourcesOf(await read("writeKeys")));
  return {
    get: (name) => keys[name](),
    sourceOf: async (writeKey) => (await sources()).get(digest(writeKey)),
  };
}

/** Loads a value when it is asked for, at most once per five minutes; when a refresh fails the known value stays in use. */
function kept<T>(clock: Pick<Clock, "now">, load: () => Promise<T>): () => Promise<T> {
  let known: { at: Instant; value: Promise<T> } | undefined;
  return () => {
    const before = known;
    if (before && clock.now() - before.at < MAX_AGE_MS) return before.value;
    const value = load().catch((cause: unknown) => {
      if (before) return before.value;
      known = undefined;
      throw cause;
    });
    known = { at: clock.now(), value };
    return value;
  };
}

async function readParameter(client: SSMClient, name: string): Promise<string> {
  const answer = await client
    .send(new GetParameterCommand({ Name: name, WithDecryption: true }))
    .catch((cause: unknown) => {
      if (cause instanceof Error && cause.name === "ParameterNotFound")
        throw wrong(`The parameter ${name} does not exist.`);
      throw new Unavailable("The parameter store", { cause });
    });
  const value = answer.Parameter?.Value;
  if (!value) throw wrong(`The parameter ${name} is empty.`);
  return value;
}

/** Several keys, newest first, are separated by blanks: each must be long enough. */
function longEnough(name: string, value: string): string {
  const keys = value.trim().split(/\s+/);
  if (keys.every((key) => Buffer.from(key, "base64url").length >= MIN_KEY_BYTES)) return value;
  throw wrong(`The ${name} key has fewer than ${MIN_KEY_BYTES} bytes.`);
}

function sourcesOf(text: string): Map<string, string> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw wrong("The write keys are not JSON.");
  }
  const parsed = WriteKeys.safeParse(json);
  if (!parsed.success) throw wrong("The write keys are not an object of write key to source name.");
  if (Object.values(parsed.data).includes(OWN_SOURCE))
    throw wrong(
      `A write key has the source name ${OWN_SOURCE}, in which only Relance itself speaks: name it otherwise.`,
    );
  return new Map(Object.entries(parsed.data).map(([key, source]) => [digest(key), source]));
}

/** Keys are looked up by digest, so that the time a lookup takes tells nothing about them. */
function digest(writeKey: string): string {
  return createHash("sha256").update(writeKey).digest("base64url");
}

/** Retryable: messages wait in their queue until the operator has put the parameter right. */
function wrong(message: string): Fault {
  return new Fault("secret_unusable", message, { retryable: true });
}
