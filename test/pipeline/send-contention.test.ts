// Proves that senders which meet, and providers which say one thing and do another, cost no mail and no opt-out.
import { describe, expect, test } from "vitest";
import { mailRefusal } from "../../shared/adapters/aws/ses-refusals.ts";
import { MemoryTable } from "../../shared/adapters/local/memory-table.ts";
import { HOUR_MS, iso, MINUTE_MS, SECOND_MS } from "../../shared/domain/instant.ts";
import { publish } from "../../shared/pipeline/catalogue-store.ts";
import { deliver } from "../../shared/pipeline/deliver.ts";
import { MailRefused, Unavailable } from "../../shared/pipeline/faults.ts";
import { takeFeedback } from "../../shared/pipeline/feedback.ts";
import type { Mail } from "../../shared/pipeline/ports.ts";
import { unsubscribe } from "../../shared/pipeline/preferences.ts";
import { loadAddress } from "../../shared/pipeline/records/address-record.ts";
import type { Pointer } from "../../shared/pipeline/send-facts.ts";
import { pauseAccount, pauseCampaign } from "../../shared/pipeline/stop-switch.ts";
import { suppress } from "../../shared/pipeline/suppress.ts";
import { tick } from "../../shared/pipeline/tick.ts";
import { consent, identify, lead } from "../support/calls.ts";
import { MemoryWorld, START } from "../support/memory-world.ts";
import { leads, NO_CAP, pointers, sendsIn, states } from "../support/sending.ts";
import { leadShop } from "../support/shop-definitions.ts";

const told = (mail: Mail, eventType: string, more: object) => ({
  eventType,
  mail: {
    timestamp: iso(START + SECOND_MS),
    messageId: `ses-${mail.sendId}`,
    destination: [mail.to],
    tags: { sid: [mail.sendId], pid: [mail.tags["pid"]] },
  },
  ...more,
});

describe("sends in contention", () => {
  test.each(["service", "marketing"] as const)(
    "an opt-out of %s mail while the address changes closes the new address as well",
    async (purpose) => {
      const world = await MemoryWorld.open(leadShop({ a: { purpose } }, NO_CAP));
      await leads(world, 1);
      await world.settle();
      const sent = world.mailer.accepted[0];
      expect(sent?.to).toBe("u-1@example.com");
      world.now += MINUTE_MS;
      await world.post(identify(world.now, { user: "u-1", traits: { email: "new@example.com" } }));
      const transact = world.table.transact.bind(world.table);
      let done = false;
      world.table.transact = async (w) => {
        if (!done) {
          done = true;
          await unsubscribe(world.ports, {
            profileId: sent?.tags["pid"] as string,
            sendId: sent?.sendId as string,
            purpose,
          });
        }
        return transact(w);
      };
      await world.settle();
      expect(done).toBe(true);
      world.now += MINUTE_MS;
      await world.post(lead(world.now, "u-1"));
      await world.settle();
      expect(world.mails()).toHaveLength(1);
      expect((await loadAddress(world.ports, "new@example.com")).address.optOuts).toHaveProperty(purpose);
    },
  );

  test("a pause that only the sending call tells does not have all held sends go round", async () => {
    let writes = 0;
    const table = new MemoryTable({
      committed: (w) => {
        writes += w.length;
      },
    });
    const world = new MemoryWorld(table);

    await publish(world.ports, leadShop({ a: {} }, NO_CAP));
    await leads(world, 100);
    let calls = 0;
    world.mailer.send = async () => {
      calls++;
      throw new MailRefused("paused", "SES: SendingPausedException");
    };
    await world.settle();
    const before = writes;
    calls = 0;
    await world.advanceTo(START + 5 * MINUTE_MS);
    for (let m = 0; m < 60; m++) {
      world.now += MINUTE_MS;
      await tick(world.ports);
      await world.settle();
    }
    expect(writes - before).toBeLessThan(3_000);
    expect(calls).toBeLessThan(100);
  });

  test("an urgent send whose pointer was lost still goes first", async () => {
    const world = await MemoryWorld.open(
      leadShop(
        { urgent: { priority: "high" }, ordinary: {} },
        { frequencyCap: { marketing: { max: 1, within: "7 days" } } },
      ),
    );
    await leads(world, 1);
    const all = await pointers(world);
    const ordinary = (await sendsIn(world)).find(({ send }) => send.campaign === "ordinary")?.send.id;
    await deliver(
      world.ports,
      all.filter(({ id }) => id === ordinary),
    );
    for (let s = 0; s < 90; s++) {
      world.now += 10 * SECOND_MS;
      if (s % 6 === 1) await tick(world.ports);
      const sends = world.queued.sends.splice(0).map(({ body }) => (body as { send: Pointer }).send);
      // The queue delivers the one before the other.
      for (const p of sends.sort((a) => (a.id === ordinary ? -1 : 1))) await deliver(world.ports, [p]);
    }
    expect(await states(world)).toMatchObject({ "urgent SENT": 1 });
  });

  test("the link of a mail whose outcome was unknown closes the address it went to", async () => {
    const world = await MemoryWorld.open(leadShop({ a: { purpose: "service" } }, NO_CAP));
    world.mailer.lookupAnswer = "unknowable";
    let first: Mail | undefined;
    const send = world.mailer.send.bind(world.mailer);
    world.mailer.send = async (mail) => {
      if (first === undefined) {
        first = mail;
        throw new Error("time-out after it was accepted");
      }
      return send(mail);
    };
    await leads(world, 1);
    await world.settle();
    await world.post(identify(START + 1000, { user: "u-1", traits: { email: "new@example.com" } }));
    await world.settle();

    await pauseCampaign(world.ports, "a", { by: "operator" });
    await world.advanceTo(START + 7 * HOUR_MS);
    await unsubscribe(world.ports, {
      profileId: first?.tags["pid"] as string,
      sendId: first?.sendId as string,
      purpose: "service",
    });
    expect((await loadAddress(world.ports, "u-1@example.com")).address.optOuts).toHaveProperty("service");
  });

  test("a connection that was never made is a definite no", () => {
    const cause = Object.assign(
      new Error(
        "@smithy/node-http-handler - the request socket did not establish a connection with the server within the configured timeout of 2000 ms.",
      ),
      { name: "TimeoutError" },
    );
    expect(mailRefusal(cause, { from: "a@b.example", now: 0 })).toBeInstanceOf(MailRefused);
  });

  test("many workers meet the provider's pause at once: none of their mails is given up", async () => {
    const world = new MemoryWorld(
      new MemoryTable({
        turn: () =>
          new Promise((resolve) => {
            setImmediate(resolve);
          }),
      }),
    );

    await publish(world.ports, leadShop({ a: {} }, NO_CAP));
    world.mailer.lookupAnswer = "unknowable";
    await leads(world, 200);
    const all = [...(await pointers(world))];
    for (let r = 0; r < 3 && all.length < 200; r++) all.push(...(await pointers(world)));
    world.mailer.state = "paused";
    world.mailer.send = async () => {
      throw new MailRefused("paused", "SES: SendingPausedException");
    };
    const errors: string[] = [];
    world.ports.log.error = (m, f) => {
      errors.push(`${m} ${JSON.stringify(f)}`);
    };
    await Promise.all(Array.from({ length: 20 }, (_, i) => deliver(world.ports, all.slice(i * 10, i * 10 + 10))));
    const s = await states(world);
    expect(Object.keys(s).filter((k) => k.includes("CLAIMED"))).toEqual([]);
  });

  test("held-out sends of one person that meet are refused at once", async () => {
    const world = await MemoryWorld.open(
      leadShop({ a: { holdout: 100 }, b: { holdout: 100 }, c: { holdout: 100 } }, NO_CAP),
    );
    const errors: string[] = [];
    world.ports.log.error = (m, f) => {
      errors.push(`${m} ${JSON.stringify(f)}`);
    };
    await leads(world, 1);
    await world.settle();
    expect(errors).toEqual([]);
    expect(Object.keys(await states(world)).filter((k) => !k.includes("holdout") && !k.includes("SENT"))).toEqual([]);
  });

  test("mails that left are counted also when places could not be given back", async () => {
    const world = await MemoryWorld.open(leadShop({ a: { maxPerDay: 5 }, b: { maxPerDay: 5 } }, NO_CAP));
    await leads(world, 2);
    const all = await pointers(world);
    world.mailer.fates.push(() => {
      throw new MailRefused("throttled", "x");
    });

    const write = world.table.write.bind(world.table);
    let n = 0;
    world.table.write = async (w) => {
      if ("put" in w && w.put.pk.startsWith("CEILING#") && ++n > 2) throw new Unavailable("The table");
      return write(w);
    };
    await deliver(world.ports, all).catch(() => undefined);
    const { items } = await world.table.query({ pk: "REPUTATION" });
    expect(world.mails().length).toBeGreaterThan(0);
    expect(items.length).toBe(1);
  });

  test("a send that has its slot leaves also when the mailer cannot be asked for its rate", async () => {
    const world = await MemoryWorld.open(leadShop({ a: {} }, NO_CAP));
    await leads(world, 2);
    const [first, second] = await pointers(world);
    world.mailer.quota = async () => {
      throw new Error("SES");
    };
    await deliver(world.ports, [{ ...(first as Pointer), slotAt: world.now }, second as Pointer]).catch(
      () => undefined,
    );
    expect(world.mails()).toHaveLength(1);
  });

  test("a hold that came too late does not let others wait for a mail that left", async () => {
    const world = await MemoryWorld.open(
      leadShop(
        { urgent: { priority: "high" }, ordinary: {} },
        { ...NO_CAP, quietHours: { marketing: { from: "07:00", to: "10:00" } } },
      ),
    );
    await leads(world, 1);
    const all = await pointers(world);
    const id = (await sendsIn(world)).find(({ send }) => send.campaign === "urgent")?.send.id;
    const urgent = all.filter((p) => p.id === id);
    const transact = world.table.transact.bind(world.table);
    let done = false;
    world.table.transact = async (writes) => {
      if (!done && writes.some((w) => "put" in w && w.put.sk.startsWith("SEND#"))) {
        done = true;
        world.now = START + 2 * HOUR_MS; // Slow worker: meanwhile the quiet hours end and another one sends.
        await deliver(world.ports, urgent);
        expect(world.mails()).toHaveLength(1);
      }
      return transact(writes);
    };
    await deliver(world.ports, urgent);
    expect(done).toBe(true);
    expect((await loadAddress(world.ports, "u-1@example.com")).address.waiting).toEqual([]);
  });

  test("mails whose acceptance only feedback told count as sent: a slow provider does not pause a campaign", async () => {
    const world = await MemoryWorld.open(leadShop({ a: {} }, NO_CAP));
    world.mailer.lookupAnswer = "unknowable";
    const unknown: Mail[] = [];
    const send = world.mailer.send.bind(world.mailer);
    let n = 0;
    world.mailer.send = async (mail) => {
      if (++n > 210) {
        unknown.push(mail);
        throw new Error("time-out after it was accepted");
      }
      return send(mail);
    };
    await leads(world, 510);
    while (world.queued.events.length > 0) await world.settle();
    await world.settle();
    expect(unknown.length).toBe(300);
    const all = [...world.mailer.accepted, ...unknown];
    // Ten bounces: 2 % of what SES took, and 5 % of what it answered.
    const messages = all.map((mail, i) => ({
      id: String(i),
      receiveCount: 1,
      body:
        i % 51 === 50
          ? told(mail, "Bounce", {
              bounce: { bounceType: "Permanent", bounceSubType: "General", timestamp: iso(START + MINUTE_MS) },
            })
          : told(mail, "Delivery", { delivery: { timestamp: iso(START + MINUTE_MS) } }),
    }));
    for (let i = 0; i < messages.length; i += 20) await takeFeedback(world.ports, messages.slice(i, i + 20));
    const { items } = await world.table.query({ pk: "STOP" });
    expect(items).toEqual([]);
  });

  test("a definite no survives a tick whose clock is ahead", async () => {
    const world = await MemoryWorld.open(leadShop({ a: {} }, NO_CAP));
    world.mailer.lookupAnswer = "unknowable";
    await leads(world, 1);
    const all = await pointers(world);
    const send = world.mailer.send.bind(world.mailer);
    let first = true;
    world.now += 7 * MINUTE_MS;
    world.mailer.send = async (mail) => {
      if (!first) return send(mail);
      first = false;
      await tick({ ...world.ports, clock: { ...world.ports.clock, now: () => world.now + 3 * MINUTE_MS } });
      throw new MailRefused("throttled", "x");
    };
    await deliver(world.ports, all);
    await world.advanceTo(START + 8 * HOUR_MS);
    expect(await states(world)).toEqual({ "a SENT": 1 });
  });

  test("a claim whose answer came late is not followed by a call after the address was closed and sending paused", async () => {
    const world = await MemoryWorld.open(leadShop({ a: {} }, NO_CAP));
    await world.post(identify(START), consent(START), lead(START));
    const all = await pointers(world);
    const transact = world.table.transact.bind(world.table);
    let stumbled = false;
    world.table.transact = async (w) => {
      await transact(w);
      if (!stumbled && JSON.stringify(w).includes('"CLAIMED"')) {
        stumbled = true;
        world.now += 20 * SECOND_MS;
        await suppress(world.ports, "anna@example.com", { reason: "operator", at: world.now });
        await pauseAccount(world.ports, { by: "operator" });
        throw new Unavailable("The table");
      }
    };
    await deliver(world.ports, all);
    expect(stumbled).toBe(true);
    expect(world.mails()).toEqual([]);
  });
});
