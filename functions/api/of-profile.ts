// Decides whom a request means: the profile of the id in its path, by any of the names that sources know people by.
import { findProfiles } from "../../shared/pipeline/identity.ts";
import { profileKey } from "../../shared/pipeline/keys.ts";
import { itemsAt } from "../../shared/pipeline/pages.ts";
import type { Ports } from "../../shared/pipeline/ports.ts";
import { readProfile } from "../../shared/pipeline/records/profile-record.ts";
import { readTombstone } from "../../shared/pipeline/records/tombstone.ts";
import { type HttpAnswer, type HttpRequest, problem } from "../http-function.ts";

type Reading = Pick<Ports, "table" | "secrets">;

/** Which ids there are, in one sentence. */
export const BY_ID =
  "The id is a user id, an anonymous id, the opaque profile id, or an e-mail address that one person alone has now.";

/** `identities`: what sources call them, "userId:u-00042". */
export type Person = { id: string; identities: string[] };

/** Everybody living whom the text may mean; several only of an address. */
export async function peopleNamed(ports: Reading, asked: string): Promise<Person[]> {
  return personsOf(ports, await findProfiles(ports, asked));
}

/** The living ones of these profiles. */
export async function personsOf({ table }: Reading, ids: string[]): Promise<Person[]> {
  const items = await itemsAt(table, ids.map(profileKey));
  const living = items.filter((item) => readTombstone(item) === undefined).map(readProfile);
  return living.map(({ id, identities }) => ({ id, identities }));
}

/** A handler for somebody there is; otherwise the answer says which ids are understood, or who may be meant. */
export function ofProfile<R extends HttpRequest>(
  ports: Reading,
  answer: (profileId: string, request: R) => Promise<HttpAnswer>,
) {
  return async (request: R): Promise<HttpAnswer> => {
    const asked = request.pathParameters?.["id"] ?? "";
    const [id, ...others] = await findProfiles(ports, asked);
    if (id === undefined) return problem(404, "not_found", `There is no profile "${asked}". ${BY_ID}`);
    return others.length === 0 ? answer(id, request) : severalPeople(await peopleNamed(ports, asked), asked);
  };
}

/** Nothing is done or shown where it may be the wrong person's. */
export function severalPeople(people: Person[], asked: string): HttpAnswer {
  const list = people.map(({ id, identities }) => `${id} (${identities.join(", ")})`).join("; ");
  const message = `${people.length} people have the address "${asked}", so nothing was done. Say whom by an opaque id: ${list}.`;
  return problem(409, "several_people", message);
}
