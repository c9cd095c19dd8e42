// Decides how events are followed as they come.
import { setTimeout as pause } from "node:timers/promises";
import { iso, parseInstant } from "../../shared/domain/instant.ts";
import type { eventsView } from "../../shared/pipeline/views/lists.ts";
import { type Client, withClient } from "../client.ts";
import type { Call, Command } from "../command.ts";
import { timeText } from "../output.ts";
import { propertiesText } from "../profile-text.ts";
import { UsageError } from "../usage-error.ts";

type EventView = NonNullable<Awaited<ReturnType<typeof eventsView>>>["items"][number];

const ASK_EVERY_MS = 500;

export const command: Command = {
  name: "tail",
  says: "Show events in the order they arrive, and follow them until Ctrl-C.",
  positionals: [],
  options: {
    after: { type: "text", value: "INSTANT", says: "begin after this instant (24 hours ago)" },
    once: { type: "flag", says: "show what there is and exit" },
  },
  examples: [
    ["tail", "the events of the last 24 hours, then each new one"],
    ["tail --once --after 2026-03-01T00:00:00Z --json", "one JSON line per event since then"],
  ],
  stops: true,
  run,
};

async function run({ args, environment, output, signal }: Call): Promise<number> {
  const after = args.text("after");
  if (after !== undefined && parseInstant(after) === undefined) {
    throw new UsageError(`--after must be an instant such as 2026-03-01T10:00:00Z, not "${after}".`);
  }
  const line = args.flag("json") ? (event: EventView) => JSON.stringify(event) : eventText;
  await withClient(environment, async (client) => {
    // Nobody else can send anything while the data folder is open here.
    const follows = client.server !== undefined && !args.flag("once");
    let next = after === undefined ? undefined : iso(parseInstant(after) as number);
    do {
      next = await showNew(client, { next, signal, show: (event) => output.out(`${line(event)}\n`) });
      if (follows) await pause(ASK_EVERY_MS, undefined, { signal }).catch(() => undefined);
    } while (follows && !signal.aborted);
    if (client.server === undefined && !args.flag("once"))
      output.err("No server runs, so there is nothing to follow.\n");
  });
  return 0;
}

type Showing = { next: string | undefined; signal: AbortSignal; show: (event: EventView) => void };

/** Shows what came since; answers where to go on. A quiet day is passed over, so the cursor may move without events. */
async function showNew(client: Client, { next, signal, show }: Showing): Promise<string | undefined> {
  for (let cursor = next; ; ) {
    const page = await client.get<{ items: EventView[]; next?: string }>("/api/events", { after: cursor, limit: 500 });
    for (const event of page.items) show(event);
    const isEnd = page.next === undefined || (page.items.length === 0 && page.next === cursor);
    if (isEnd || signal.aborted) return page.next ?? cursor;
    cursor = page.next;
  }
}

function eventText({ type, occurredAt, receivedAt, profileId, late, properties, traits }: EventView): string {
  const when =
    receivedAt.slice(0, 16) === occurredAt.slice(0, 16)
      ? ""
      : ` (happened ${timeText(occurredAt)}${late ? ", history" : ""})`;
  return [`${receivedAt.slice(0, 19)}Z`, type + when, profileId, propertiesText({ ...traits, ...properties })]
    .filter(Boolean)
    .join("  ");
}
