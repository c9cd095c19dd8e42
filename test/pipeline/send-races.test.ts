// Proves that a table which stumbles, a switch that comes between, or somebody else at the same time costs no mail.
import { describe, expect, test } from "vitest";
import { DAY_MS, HOUR_MS, SECOND_MS } from "../../shared/domain/instant.ts";
import { pauseIfTooBad } from "../../shared/pipeline/automatic-pause.ts";
import { publish } from "../../shared/pipeline/catalogue-store.ts";
import { deliver } from "../../shared/pipeline/deliver.ts";
import { MailRefused, Unavailable } from "../../shared/pipeline/faults.ts";
import type { Write } from "../../shared/pipeline/ports.ts";
import { loadAddress } from "../../shared/pipeline/records/address-record.ts";
import type { Pointer } from "../../shared/pipeline/send-facts.ts";
import { pauseAccount, pauseCampaign, resumeAccount } from "../../shared/pipeline/stop-switch.ts";
import { tick } from "../../shared/pipeline/tick.ts";
import { work } from "../../shared/pipeline/work.ts";
import { MemoryWorld, START } from "../support/memory-world.ts";
import { leads, NO_CAP, ONE_A_WEEK, pointers, sendsIn, states } from "../support/sending.ts";
import { leadShop } from "../support/shop-definitions.ts";

const sendOf = async (world: MemoryWorld, all: Pointer[], campaign: string) => {
  const id = (await sendsIn(world)).find(({ send }) => send.campaign === campaign)?.send.id;
  return all.find((pointer) => pointer.id === id) as Pointer;
};
const isClaim = (w: Write[]) => w.some((one) => "put" in one && JSON.stringify(one.put).includes('"CLAIMED"'));

describe("sends in bad company", () => {
  test("an urgent send that cannot be rendered keeps nobody waiting", async () => {
    const world = await MemoryWorld.open([
      ...leadShop(
        { urgent: { priority: "high", steps: [{ id: "say", send: "broken" }] }, ordinary: { sendBefore: "8 minutes" } },
        NO_CAP,
      ),
      {
        kind: "template",
        id: "broken",
        file: "templates/broken.yaml",
        lines: {},
        body: {
          template: "broken",
          locales: {
            fr: { subject: "x {{ profile.nickname }}", html: "<p>x</p>", text: "x" },
            en: { subject: "x {{ profile.nickname }}", html: "<p>x</p>", text: "x" },
          },
        },
      },
    ]);
    await leads(world, 1);
    const all = await pointers(world);
    await deliver(world.ports, [await sendOf(world, all, "urgent")]);
    await deliver(world.ports, [await sendOf(world, all, "ordinary")]);
    expect((await loadAddress(world.ports, "u-1@example.com")).address.waiting).toEqual([]);
    await world.advanceTo(START + HOUR_MS);
    expect(await states(world)).toEqual({ "urgent REFUSED not-renderable": 1, "ordinary SENT": 1 });
  });

  test("a definite no is not forgotten because the table stumbled once", async () => {
    const world = await MemoryWorld.open(leadShop({ a: {} }, NO_CAP));
    world.mailer.lookupAnswer = "unknowable";
    await leads(world, 1);
    const all = await pointers(world);
    world.mailer.fates.push(() => {
      throw new MailRefused("throttled", "Too many.");
    });
    const transact = world.table.transact.bind(world.table);
    let stumbled = false;
    world.table.transact = async (w) => {
      if (!isClaim(w) && !stumbled) {
        stumbled = true;
        throw new Unavailable("The table");
      }
      return transact(w);
    };
    await deliver(world.ports, all);
    await world.advanceTo(START + 8 * HOUR_MS);
    expect(stumbled).toBe(true);
    expect(await states(world)).toEqual({ "a SENT": 1 });
  });

  test("a claim whose answer was lost is gone on with: nobody else makes the call", async () => {
    const world = await MemoryWorld.open(leadShop({ a: {} }, NO_CAP));
    world.mailer.lookupAnswer = "unknowable";
    await leads(world, 1);
    const all = await pointers(world);
    const transact = world.table.transact.bind(world.table);
    let stumbled = false;
    world.table.transact = async (w) => {
      await transact(w);
      if (isClaim(w) && !stumbled) {
        stumbled = true;
        throw new Unavailable("The table");
      }
    };
    await deliver(world.ports, all);
    await world.advanceTo(START + 8 * HOUR_MS);
    expect(await states(world)).toEqual({ "a SENT": 1 });
  });

  test("a campaign that is archived while its switch is on: its held sends end", async () => {
    const world = await MemoryWorld.open(leadShop({ a: {}, b: {} }, NO_CAP));
    await leads(world, 1);
    await pauseCampaign(world.ports, "a", { by: "operator" });
    await world.settle();
    expect(await states(world)).toMatchObject({ "a PENDING paused": 1 });
    await publish(world.ports, leadShop({ a: { status: "archived" }, b: {} }, NO_CAP));
    await world.advanceTo(START + 10 * DAY_MS);
    expect(await states(world)).toEqual({ "a REFUSED archived": 1, "b SENT": 1 });
  });

  test("the same of one that is gone from the catalogue", async () => {
    const world = await MemoryWorld.open(leadShop({ a: {}, b: {} }, NO_CAP));
    await leads(world, 1);
    await pauseCampaign(world.ports, "a", { by: "operator" });
    await world.settle();
    await publish(world.ports, leadShop({ b: {} }, NO_CAP));
    await world.advanceTo(START + 10 * DAY_MS);
    expect(await states(world)).toEqual({ "a REFUSED archived": 1, "b SENT": 1 });
  });

  test("an urgent send that is throttled still goes before the ordinary one", async () => {
    const world = await MemoryWorld.open(leadShop({ urgent: { priority: "high" }, ordinary: {} }, ONE_A_WEEK));
    await leads(world, 1);
    const all = await pointers(world);
    world.mailer.fates.push(() => {
      throw new MailRefused("throttled", "Too many.");
    });
    await deliver(world.ports, [await sendOf(world, all, "urgent")]);
    await deliver(world.ports, [await sendOf(world, all, "ordinary")]);
    await world.advanceTo(START + HOUR_MS);
    expect(await states(world)).toEqual({ "urgent SENT": 1, "ordinary REFUSED frequency-cap": 1 });
  });

  test("an urgent send that was paused still goes before the ordinary one", async () => {
    const world = await MemoryWorld.open(leadShop({ urgent: { priority: "high" }, ordinary: {} }, ONE_A_WEEK));
    await leads(world, 1);
    await pauseAccount(world.ports, { by: "operator" });
    const all = await pointers(world);
    await deliver(world.ports, all);
    expect(await states(world)).toEqual({ "urgent PENDING account-paused": 1, "ordinary PENDING account-paused": 1 });
    await resumeAccount(world.ports, { by: "operator" });
    await tick(world.ports);
    for (const { body } of world.queued.jobs.splice(0)) {
      await work(world.ports, (body as { job: { id: string } }).job.id);
    }
    await tick(world.ports);
    const due = world.queued.sends.splice(0).map(({ body }) => (body as { send: Pointer }).send);
    expect(due).toHaveLength(2);
    await deliver(world.ports, [await sendOf(world, due, "ordinary")]);
    await deliver(world.ports, [await sendOf(world, due, "urgent")]);
    await world.advanceTo(world.now + HOUR_MS);
    expect(await states(world)).toEqual({ "urgent SENT": 1, "ordinary REFUSED frequency-cap": 1 });
  });

  test("where everything is paused already bad news reads no reputation", async () => {
    const world = await MemoryWorld.open(leadShop({ a: {} }, NO_CAP));
    await pauseCampaign(world.ports, "a", { by: "operator" });
    await pauseAccount(world.ports, { by: "operator" });
    let queries = 0;
    const query = world.table.query.bind(world.table);
    world.table.query = async (range) => {
      if (range.pk === "REPUTATION") queries++;
      return query(range);
    };
    await pauseIfTooBad(world.ports, ["a"]);
    expect(queries).toBe(0);
  });

  test("places that are given back are not lost to others for the whole day", async () => {
    const world = await MemoryWorld.open(leadShop({ a: { maxPerDay: 2, sendBefore: "6 hours" } }, NO_CAP));
    await leads(world, 3);
    const all = await pointers(world);
    let other: Promise<void> | undefined;
    world.mailer.fates.push(() => {
      other ??= deliver(world.ports, all.slice(2));
      throw new MailRefused("rejected", "No.");
    });
    await deliver(world.ports, all.slice(0, 2));
    await other;
    await world.advanceTo(START + 5 * HOUR_MS);
    expect(await states(world)).toEqual({ "a SENT": 2, "a REJECTED mail_rejected": 1 });
  });

  test("a send that a tick handed out keeps its due time as lease", async () => {
    const world = await MemoryWorld.open(
      leadShop({ a: {} }, { ...NO_CAP, quietHours: { marketing: { from: "07:00", to: "10:00" } } }),
    );
    await leads(world, 20);
    await world.settle();
    expect(await states(world)).toEqual({ "a PENDING quiet-hours": 20 });
    world.now = START + 4 * HOUR_MS;
    await tick(world.ports);
    world.now += 2 * SECOND_MS;
    let moved = 0;
    const transact = world.table.transact.bind(world.table);
    world.table.transact = async (w) => {
      if (isClaim(w)) {
        const put = (w[0] as { put: { pk: string; sk: string; dueAt: string } }).put;
        const before = await world.table.get({ pk: put.pk, sk: put.sk });
        if (before?.dueAt !== put.dueAt) moved++;
      }
      return transact(w);
    };
    await world.settle();
    expect(await states(world)).toEqual({ "a SENT": 20 });
    expect(moved).toBe(0);
  });

  test("nothing is given up because the switch could not be written at once", async () => {
    const world = await MemoryWorld.open(leadShop({ a: {} }, NO_CAP));
    world.mailer.lookupAnswer = "unknowable";
    await leads(world, 1);
    const all = await pointers(world);
    world.mailer.fates.push(() => {
      throw new MailRefused("paused", "SES: AccountSuspendedException");
    });
    const transact = world.table.transact.bind(world.table);
    let stumbled = false;
    world.table.transact = async (w) => {
      if (!stumbled && JSON.stringify(w).includes('"PROVIDER"')) {
        stumbled = true;
        throw new Unavailable("The table");
      }
      return transact(w);
    };
    await deliver(world.ports, all);
    await world.advanceTo(START + 8 * HOUR_MS);
    expect(stumbled).toBe(true);
    expect(await states(world)).toEqual({ "a SENT": 1 });
  });

  test("a place is given back when the send could not even be read", async () => {
    const world = await MemoryWorld.open(leadShop({ a: { maxPerDay: 2 } }, NO_CAP));
    await leads(world, 2);
    const all = await pointers(world);
    const get = world.table.get.bind(world.table);
    let n = 0;
    world.table.get = async (key) => {
      if (key.sk.startsWith("SEND#") && ++n > 2 && n <= 4) throw new Unavailable("The table");
      return get(key);
    };
    await deliver(world.ports, all);
    expect(world.mails()).toEqual([]);
    await world.advanceTo(START + 2 * HOUR_MS);
    expect(await states(world)).toEqual({ "a SENT": 2 });
  });
});
