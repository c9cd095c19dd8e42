// Decides how commands name a person in the api's paths: by the opaque id, since a user id may hold anything, also slashes.
import { Fault } from "../shared/pipeline/faults.ts";
import type { Client } from "./client.ts";

/** What commands that are about one person take as PROFILE. */
export const PROFILE_SAYS = "who: your user id, the opaque profile id, or an e-mail address that one person alone has";

export type Person = { id: string; identities: string[] };

/** Whom an id may mean; `former`: who had the address before; `erased`: somebody who was called that. */
export type Named = { items: Person[]; former?: Person[]; erased?: { id: string; erasedAt: string } };

export const peopleNamed = (client: Client, asked: string): Promise<Named> =>
  client.get<Named>("/api/profiles", { id: asked });

/** "k3j5h7 (userId:u-00042)". */
export const personText = ({ id, identities }: Person): string => `${id} (${identities.join(", ")})`;

/** The path of a profile's own page; says what can be given when nobody has the id, or several people do. */
export async function profilePath(client: Client, asked: string): Promise<string> {
  return `/api/profiles/${theOne(await peopleNamed(client, asked), asked).id}`;
}

/** The one who is meant. */
export function theOne({ items }: Named, asked: string): Person {
  const [found, ...others] = items;
  if (found === undefined) {
    const message = `There is no profile "${asked}". PROFILE is your user id, an anonymous id, the opaque profile id, or an e-mail address that one person alone has now. Letters count as written.`;
    throw new Fault("not_found", message, { retryable: false });
  }
  if (others.length === 0) return found;
  const message = `${items.length} people have the address "${asked}", so nothing was done. Say whom by an opaque id: ${items.map(personText).join("; ")}.`;
  throw new Fault("several_people", message, { retryable: false });
}
