// Guarantees about the ports on AWS: built from the environment once, and those a function has no right to fail by name.
import { describe, expect, test, vi } from "vitest";
import { onAws } from "../../functions/on-aws.ts";
import { portsFromEnv } from "../../functions/ports-from-env.ts";
import { systemIds } from "../../shared/adapters/aws/system-ids.ts";
import type { Ports } from "../../shared/pipeline/ports.ts";

describe("portsFromEnv", () => {
  test("gives ports that name the missing variable when they are used", async () => {
    const ports = portsFromEnv({ RELANCE_PUBLIC_URL: "https://x.example/" });
    const code = "port_not_configured";
    await expect(ports.queues.sends.send([])).rejects.toMatchObject({
      code,
      message: expect.stringContaining("RELANCE_QUEUE_SENDS"),
    });
    await expect(ports.table.get({ pk: "a", sk: "b" })).rejects.toMatchObject({
      code,
      message: expect.stringContaining("RELANCE_TABLE"),
    });
    await expect(ports.bus.publish([])).rejects.toMatchObject({
      code,
      message: expect.stringContaining("RELANCE_BUS"),
    });
    await expect(ports.mailer.quota()).rejects.toMatchObject({ code });
    await expect(ports.secrets.get("link")).rejects.toMatchObject({ code });
    expect(ports.publicUrl).toBe("https://x.example");
  });

  test("passes a missing port through `await` unharmed", async () => {
    const { bus } = portsFromEnv({});
    expect(await bus).toBe(bus);
  });

  test("gives working ports for what is named", async () => {
    vi.stubEnv("AWS_REGION", "eu-west-3");
    const ports = portsFromEnv({ RELANCE_QUEUE_SENDS: "https://sqs.example/1/sends", RELANCE_BUS: "relance" });
    await expect(ports.queues.sends.send([])).resolves.toBeUndefined();
    await expect(ports.bus.publish([])).resolves.toEqual({ failed: [] });
  });
});

describe("onAws", () => {
  test("tells the function its ports once, at the first call", async () => {
    const given: Ports[] = [];
    const handler = onAws((ports) => {
      given.push(ports);
      return async (event) => event;
    });
    expect(given).toHaveLength(0);
    expect(await handler("first", {})).toBe("first");
    expect(await handler("second", {})).toBe("second");
    expect(given).toHaveLength(1);
  });

  test("starts over after a failed start", async () => {
    let starts = 0;
    const handler = onAws(() => {
      starts += 1;
      if (starts === 1) throw new TypeError("not yet");
      return async () => starts;
    });
    await expect(handler({}, {})).rejects.toThrow("not yet");
    expect(await handler({}, {})).toBe(2);
  });
});

test("ids are 20 lower-case letters and digits, and do not repeat", () => {
  const ids = Array.from({ length: 1_000 }, () => systemIds.next());
  expect(ids.every((id) => /^[a-z2-7]{20}$/.test(id))).toBe(true);
  expect(new Set(ids).size).toBe(1_000);
});
