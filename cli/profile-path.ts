// Decides how commands name a person in the api's paths: by the opaque id, since a user id may hold anything, also slashes.
import { Fault } from "../shared/pipeline/faults.ts";
import type { Client } from "./client.ts";

/** The path of a profile's own page; says what can be given when nobody has the id. */
export async function profilePath(client: Client, asked: string): Promise<string> {
  const { items } = await client.get<{ items: { id: string }[] }>("/api/profiles", { id: asked });
  const [found] = items;
  if (found !== undefined) return `/api/profiles/${found.id}`;
  const message = `There is no profile "${asked}". PROFILE is your user id, an anonymous id, or the opaque profile id; an e-mail address finds people you send no other id of. Letters count as written.`;
  throw new Fault("not_found", message, { retryable: false });
}
