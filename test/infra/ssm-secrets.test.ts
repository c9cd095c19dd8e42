// Guarantees about secrets on the wire: read when needed, kept for five minutes, never too short.
import { describe, expect, test } from "vitest";
import { ssmSecrets } from "../../shared/adapters/aws/ssm-secrets.ts";
import { fakeAws, type Reply, type Seen } from "./fake-aws.ts";

const KEY = Buffer.alloc(32, 1).toString("base64url");
const found = (value: string): Reply => ({ body: { Parameter: { Value: value } } });

async function aStore(reply: (seen: Seen, before: number) => Reply) {
  const { clients, seen } = await fakeAws(reply);
  const clock = { at: 0, now: () => clock.at };
  return { secrets: ssmSecrets({ client: clients.secrets, prefix: "/relance/secrets", clock }), seen, clock };
}

describe("keys", () => {
  test("are read decrypted, each by its own name, once per five minutes", async () => {
    const { secrets, seen, clock } = await aStore(() => found(KEY));
    expect(await Promise.all([secrets.get("identity"), secrets.get("identity"), secrets.get("link")])).toEqual([
      KEY,
      KEY,
      KEY,
    ]);
    expect(seen.map(({ body }) => body)).toEqual([
      { Name: "/relance/secrets/identity", WithDecryption: true },
      { Name: "/relance/secrets/link", WithDecryption: true },
    ]);
    clock.at = 300_000;
    await secrets.get("link");
    expect(seen).toHaveLength(3);
  });

  test("stay in use when they cannot be read again", async () => {
    const { secrets, clock } = await aStore((_, before) =>
      before === 0 ? found(KEY) : { status: 503, error: "InternalServerError" },
    );
    await secrets.get("link");
    clock.at = 300_000;
    expect(await secrets.get("link")).toBe(KEY);
  });

  test("are asked for again after a failed read", async () => {
    const { secrets } = await aStore((_, before) =>
      before === 0 ? { status: 503, error: "InternalServerError" } : found(KEY),
    );
    await expect(secrets.get("link")).rejects.toMatchObject({ code: "unavailable", retryable: true });
    expect(await secrets.get("link")).toBe(KEY);
  });

  test("that are missing or short are a fault that names them", async () => {
    const missing = await aStore(() => ({ error: "ParameterNotFound" }));
    await expect(missing.secrets.get("link")).rejects.toThrow("/relance/secrets/link does not exist");
    const short = await aStore(() => found("c2hvcnQ"));
    await expect(short.secrets.get("identity")).rejects.toMatchObject({ code: "secret_unusable" });
    const oneOfTwo = await aStore(() => found(`${KEY} c2hvcnQ`));
    await expect(oneOfTwo.secrets.get("link")).rejects.toMatchObject({ code: "secret_unusable" });
    const two = await aStore(() => found(`${KEY} ${KEY}`));
    expect(await two.secrets.get("link")).toBe(`${KEY} ${KEY}`);
  });
});

describe("write keys", () => {
  test("tell their source, and unknown ones do not", async () => {
    const { secrets, seen } = await aStore(() => found('{"wk_0123456789abcdef":"shop"}'));
    expect(await secrets.sourceOf("wk_0123456789abcdef")).toBe("shop");
    expect(await secrets.sourceOf("constructor")).toBeUndefined();
    expect(seen.map(({ body }) => body["Name"])).toEqual(["/relance/secrets/writeKeys"]);
  });

  test("of the source in whose name only Relance speaks are a fault, and none of them is good", async () => {
    const { secrets } = await aStore(() => found('{"wk_0123456789abcdef":"relance","wk_abcdef0123456789":"shop"}'));
    for (const key of ["wk_0123456789abcdef", "wk_abcdef0123456789"])
      await expect(secrets.sourceOf(key)).rejects.toThrow("A write key has the source name relance");
  });

  test("that are no JSON object of texts are a fault", async () => {
    for (const value of ["not json", '["a"]', '{"wk_0123456789abcdef":1}']) {
      const { secrets } = await aStore(() => found(value));
      await expect(secrets.sourceOf("wk_0123456789abcdef")).rejects.toMatchObject({ code: "secret_unusable" });
    }
  });
});
