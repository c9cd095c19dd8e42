// Decides how an event is sent by hand.
import type { Json, JsonObject } from "../../shared/domain/json.ts";
import { parseMoney } from "../../shared/domain/money.ts";
import { withClient } from "../client.ts";
import type { Call, Command } from "../command.ts";
import { jsonText } from "../output.ts";
import { UsageError } from "../usage-error.ts";

export const command: Command = {
  name: "trigger",
  says: "Send one event by hand, as a shop's system would.",
  positionals: [
    { name: "EVENT", says: "its type: lead.created, purchase.completed, or one of your own", required: true },
  ],
  options: {
    user: { type: "text", value: "ID", says: "whose event: your user id", required: true },
    property: { type: "text", value: "NAME=VALUE", says: "a property of the event; may be repeated", many: true },
    trait: { type: "text", value: "NAME=VALUE", says: "what to know of the person first; may be repeated", many: true },
  },
  examples: [
    [
      "trigger lead.created --user ada --trait email=ada@example.com --trait consent.marketing=granted",
      "ada becomes a lead and gets the welcome mail",
    ],
    [
      'trigger purchase.completed --user ada --property "amount=90 EUR" --property order_id=o-1',
      "ada buys for 90 euros",
    ],
  ],
  run,
};

async function run({ args, environment, output }: Call): Promise<number> {
  const [event = ""] = args.positionals;
  const userId = args.text("user") as string;
  const traits = objectOf("--trait", args.all("trait"));
  const properties = objectOf("--property", args.all("property"));
  const accepted = await withClient(
    environment,
    async (client) => {
      if (Object.keys(traits).length > 0) await client.post("/api/events", { type: "identify", userId, traits });
      return client.post<{ accepted: number }>("/api/events", { type: "track", event, userId, properties });
    },
    { create: true },
  );
  output.out(
    args.flag("json")
      ? jsonText(accepted)
      : `Accepted ${event} of ${userId}. See what became of it: npm run relance -- profile ${userId}\n`,
  );
  return 0;
}

/** `a.b=1` gives `{ a: { b: 1 } }`. */
function objectOf(option: string, pairs: string[]): JsonObject {
  const result: JsonObject = {};
  for (const pair of pairs) {
    const [, path = "", text = ""] = /^([^=\s]+)=(.*)$/s.exec(pair) ?? [];
    if (path === "") throw new UsageError(`${option} takes NAME=VALUE, not "${pair}".`);
    const names = path.split(".");
    const last = names.pop() as string;
    let place = result;
    for (const name of names) {
      const inner = Object.hasOwn(place, name) ? place[name] : undefined;
      const nested = typeof inner === "object" && inner !== null && !Array.isArray(inner) ? inner : {};
      place[name] = nested;
      place = nested;
    }
    place[last] = readValue(text);
  }
  return result;
}

/** `90 EUR` is money, `3`, `true` and `{"a":1}` what JSON says, everything else text. */
function readValue(text: string): Json {
  const money = parseMoney(text);
  if (money !== undefined) return money;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}
