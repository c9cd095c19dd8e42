// Decides how a person is erased from the command line: who, what that means, and how far it is.
import { normalAddress } from "../../shared/domain/email-address.ts";
import type { Erased } from "../../shared/pipeline/erasure/erase.ts";
import { type Client, withClient } from "../client.ts";
import type { Call, Command } from "../command.ts";
import { erasuresAtRest, jobAtRest } from "../job-end.ts";
import { countText, jsonText, timeText } from "../output.ts";
import { confirmed } from "../plan/confirm.ts";
import { type Named, peopleNamed, personText, theOne } from "../profile-path.ts";
import { UsageError } from "../usage-error.ts";

export const command: Command = {
  name: "erase",
  says: "Erase a person for good: everything kept of them goes, their address is closed, and nothing brings them back but an own act on a form.",
  positionals: [
    {
      name: "WHO",
      says: "your user id, the opaque profile id, or an e-mail address: then everybody who has it or had it before, and the answer does not tell whether anybody did",
    },
  ],
  options: {
    yes: { type: "flag", says: "do not ask first" },
    reapply: { type: "flag", says: "after a restore of the table: erase again everybody who was erased before" },
  },
  examples: [
    ["erase u-00042 --yes", "everything of this person goes, within minutes"],
    ["erase anna@example.com --yes", "everybody with this address, now or before, which is closed for good"],
    ["erase --reapply", "a restored backup forgets again what was to be forgotten"],
  ],
  run,
};

async function run(call: Call): Promise<number> {
  const { args, environment, output } = call;
  const [who] = args.positionals;
  const isReapply = args.flag("reapply");
  if ((who === undefined) === !isReapply)
    throw new UsageError("relance erase needs WHO: a user id or an e-mail address; or --reapply, alone.");
  const said = await withClient(environment, (client) =>
    isReapply
      ? reapply(client)
      : normalAddress(who as string) === undefined
        ? eraseOne(call, client)
        : eraseAddress(call, client),
  );
  if (said === undefined) return 1;
  output.out(args.flag("json") ? jsonText(said.answer) : `${said.text}\n`);
  return 0;
}

/** `undefined`: the person in front of it said no. */
type Said = { answer: unknown; text: string } | undefined;

const NOT_AN_ADDRESS =
  "WHO is nobody's id, and no address mail can go to: that is one name@domain, such as anna@example.com, without quotes, spaces or a display name.";

const GOES =
  "events, mails, consents with their proofs, segments and campaigns, and what lies in queues and dead letters. A keyed hash stays, so that no import brings them back.";

async function eraseOne(call: Call, client: Client): Promise<Said> {
  const asked = call.args.positionals[0] ?? "";
  const named = await peopleNamed(client, asked);
  if (named.items.length === 0 && named.erased !== undefined) return wasErased(named.erased);
  if (named.items.length === 0 && asked.includes("@")) throw new UsageError(NOT_AN_ADDRESS);
  const { id } = theOne(named, asked);
  const path = `/api/profiles/${id}`;
  const { items } = await client.get<{ items: { kind: string }[] }>(`${path}/timeline`);
  const of = (kind: string) => items.filter((item) => item.kind === kind).length;
  const what = `${countText(of("event"), "event")} and ${countText(of("send"), "mail")}`;
  const who = id === asked ? id : `${asked} (${id})`;
  const question = `Erase ${who} with ${what}? Gone for good are ${GOES} This cannot be undone.`;
  if (!(await confirmed(call, question))) return undefined;
  const erased = await client.post<Erased>(`${path}/erase`);
  const job = await jobAtRest(client, erased.jobId);
  const text =
    job === undefined
      ? `The profile is gone and the address closed; what is left goes within minutes: npm run relance -- erase shows nothing more, GET /api/jobs/${encodeURIComponent(erased.jobId)} does.`
      : `Erased: ${countText(job.counts["done"] ?? 0, "item")} deleted, and the address is closed.${laterText(job.dueAt)}`;
  return { answer: { ...erased, ...(job && { job }) }, text };
}

/** Asking for it again is no mistake. */
function wasErased({ id, erasedAt }: { id: string; erasedAt: string }): Said {
  const text = `This person was erased on ${timeText(erasedAt)}; there is nothing left to erase.`;
  return { answer: { profileId: id, erasedAt, wasErased: true }, text };
}

const laterText = (at: string | undefined) =>
  at === undefined ? "" : ` A last look for what was under way follows at ${timeText(at)}.`;

async function eraseAddress(call: Call, client: Client): Promise<Said> {
  const asked = call.args.positionals[0] ?? "";
  const question = `Erase everybody who has ${asked}, or had it before, and close it? ${whoText(await peopleNamed(client, asked))} Gone for good are ${GOES} This cannot be undone.`;
  if (!(await confirmed(call, question))) return undefined;
  const answer = await client.post("/api/erasures", { email: asked });
  await erasuresAtRest(client);
  return {
    answer,
    text: "Whoever has or had this address is erased, on AWS within minutes, and the address is closed.",
  };
}

/** Who goes, apart those who moved on: they may have shared the address, or got it by mistake. */
function whoText({ items, former = [] }: Named): string {
  const now = items.length === 0 ? "Nobody has it now." : `It is the address of ${items.map(personText).join("; ")}.`;
  return former.length === 0 ? now : `${now} It was before that of ${former.map(personText).join("; ")}.`;
}

async function reapply(client: Client): Promise<Said> {
  const { jobId } = await client.post<{ jobId: string }>("/api/erasures/reapply");
  const job = await jobAtRest(client, jobId);
  const { done = 0, erased = 0 } = job?.counts ?? {};
  const text =
    job === undefined
      ? "It has begun and goes on by itself: GET /api/jobs/reapply tells how far it is."
      : `${countText(done, "erasure")} on record; ${erased === 1 ? "1 person was" : `${erased} people were`} erased again.`;
  return { answer: { jobId, ...(job && { job }) }, text };
}
