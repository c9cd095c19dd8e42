// Decides what somebody who has just started Relance is told to try: three things, with commands that work as they stand.
import type { sendView } from "../shared/pipeline/views/send-view.ts";
import type { profileView } from "../shared/pipeline/views/timeline.ts";
import { type Client, listOf } from "./client.ts";
import type { Environment } from "./environment.ts";

type SendView = ReturnType<typeof sendView>;
type ProfileView = NonNullable<Awaited<ReturnType<typeof profileView>>>;

/** `url`: where the server is, or will be after npm start. */
export async function nextStepsText(
  client: Client,
  environment: Environment,
  given: { url: string; writeKey: string },
): Promise<string> {
  const relance = `${environment.folder === ".relance" ? "" : `RELANCE_DATA=${shellWord(environment.folder)} `}npm run relance --`;
  const somebody = await somebodyRefused(client);
  const why = somebody
    ? [
        `Why did ${somebody.userId} not get the campaign "${somebody.campaign}"?`,
        `${relance} explain ${shellWord(somebody.userId)} ${somebody.campaign}`,
      ]
    : [
        "Bring in your own orders, as history that triggers nothing:",
        `${relance} import orders orders.csv --customer customer_id --at ordered_on --amount total --currency EUR`,
      ];
  return [
    "Three things to try next:",
    `  1. ${why[0]}`,
    `       ${why[1]}`,
    "  2. Send an event as your shop would, and read the mail it leads to:",
    `       ${curlLead(given)}`,
    `       then open ${given.url}/outbox`,
    "  3. Let three days pass (birthdays, waits and silence happen on the way):",
    `       ${relance} clock P3D`,
    "",
  ].join("\n");
}

/** A person without whom the whole chain would not be seen: agrees, and becomes a lead. */
function curlLead({ url, writeKey }: { url: string; writeKey: string }): string {
  const traits = { email: "you@example.com", firstName: "Camille", locale: "fr", consent: { marketing: "granted" } };
  const batch = [
    { type: "identify", userId: "you-1", traits },
    { type: "track", userId: "you-1", event: "Lead Created" },
  ];
  return `curl -u ${writeKey}: ${url}/v1/batch -H 'content-type: application/json' -d '${JSON.stringify({ batch })}'`;
}

async function somebodyRefused(client: Client): Promise<{ userId: string; campaign: string } | undefined> {
  const { items } = await listOf<SendView>(client, "/api/sends", { state: "REFUSED", most: 1 });
  const send = items[0];
  if (send === undefined) return undefined;
  const { identities } = await client.get<ProfileView>(`/api/profiles/${send.profileId}`);
  const identity = identities.find((name) => name.startsWith("userId:")) ?? `:${send.profileId}`;
  return { userId: identity.slice(identity.indexOf(":") + 1), campaign: send.campaign };
}

/** As a shell takes it for one word. */
const shellWord = (text: string) => (/^[\w./:@-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
