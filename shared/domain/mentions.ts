// Decides whether a stored message is of somebody, without knowing who they are: by opaque ids and by keyed hashes alone.
import { normalAddress } from "./email-address.ts";
import { keyedHash } from "./hash.ts";
import type { Instant } from "./instant.ts";
import type { Json } from "./json.ts";

/** What tells of people, each with the instant up to which a message that has it is theirs. */
export type Telling = ReadonlyMap<string, Instant>;

/**
 * Who is looked for: opaque ids, and hashes under `secret`: of addresses, and of names sources gave, by the kind of name. As
 * many people as there are: a body is gone through once for all of them.
 */
export type Wanted = {
  secret: string;
  profileIds: Telling;
  addresses: Telling;
  names: ReadonlyMap<string, Telling>;
};

/** The hash at the end of a table key ("ADDRESS#<hash>", "IDENTITY#<kind>#<hash>"). */
export const keyedHashIn = (pk: string): string => pk.slice(pk.lastIndexOf("#") + 1);

/** Longer texts name nobody, though addresses may stand in them. */
const MAX_NAME = 320;
/**
 * Ids that are a mere number, word or address stand in messages of others too, as quantities, categories and traits: they name
 * somebody only in a field that names people.
 */
const WEAK_ID = /^(?:\d+|\p{L}+|.*@.*)$/su;
const ID_FIELD =
  /^(?:(?:user|anonymous|previous|customer|client|contact|person|profile|member|account|external)_?id|user|customer)$/i;
/** What stands before an "@", at most; in links it may begin with a path or the name of a field ("?email=anna"). */
const LOCAL_RUN = 64;
const IN_LOCAL = /[a-zA-Z0-9!#$%&'*+/=?^_|~.-]/;
const CUTS = /[/=?&#|!*%^~$]/;
/** The nearest ones; hostile texts consist of them. */
const MOST_CUTS = 4;
/** What may follow it: signs and letters of all scripts are in domains; first as much as possible, then ASCII alone. */
const DOMAIN_RUNS = [/^[\p{L}\p{M}\p{N}\p{So}\p{Cf}.\-。．｡]+/u, /^[a-zA-Z0-9.-]+/];
const MOST_DOMAIN = 254;
/** Messages lie in each other as text: SNS around SES, a rejected message around what was sent. */
const MAX_TEXTS_DEEP = 4;
/** Many messages say the same: what was looked at is not hashed again. */
const MOST_KNOWN = 20_000;

/** `from`: of the body that is looked at; `known`: until when texts tell of somebody, which does not depend on the body. */
type Looking = Wanted & { from: Instant; known: Map<string, Instant> };

const NOBODY = Number.NEGATIVE_INFINITY;

/** Tells of bodies, with when they were accepted, whether any text in them is somebody's opaque id, identity or address. */
export function finderOf(wanted: Wanted): (body: Json, acceptedAt: Instant) => boolean {
  const known = new Map<string, Instant>();
  return (body, from) => isIn(body, { ...wanted, from, known }, { deep: 0, field: "", isNamedByEmail: false });
}

/**
 * How many texts it lies in, and in which field. `isNamedByEmail`: an address there is what the source calls the person; beside
 * an id, and among traits, others may have the same.
 */
type Place = { deep: number; field: string; isNamedByEmail: boolean };

function isIn(value: Json, looking: Looking, place: Place): boolean {
  if (typeof value === "number") return isName(String(value), looking, place);
  if (typeof value === "string") return isInText(value, looking, place);
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return value.some((inner) => isIn(inner, looking, place));
  const isNamedByEmail = place.field !== "traits" && !("userId" in value) && !("anonymousId" in value);
  return Object.entries(value).some(
    ([field, inner]) => isInField(field, looking) || isIn(inner, looking, { deep: place.deep, field, isNamedByEmail }),
  );
}

/** Names of fields are mostly the sender's own. */
const isInField = (name: string, looking: Looking) => hasProfileId(name, looking) || hasAddress(name, looking);

function hasProfileId(text: string, { profileIds, from }: Looking): boolean {
  for (const [profileId, until] of profileIds) if (until >= from && text.includes(profileId)) return true;
  return false;
}

function isInText(text: string, looking: Looking, place: Place): boolean {
  if (hasProfileId(text, looking) || isName(text, looking, place) || hasAddress(text, looking)) return true;
  const inner = place.deep < MAX_TEXTS_DEEP && /^\s*[{[]/.test(text) ? parsed(text) : undefined;
  return inner !== undefined && isIn(inner, looking, { deep: place.deep + 1, field: "", isNamedByEmail: false });
}

function isName(text: string, looking: Looking, { field, isNamedByEmail }: Place): boolean {
  if (text === "" || text.length > MAX_NAME) return false;
  const isId = ID_FIELD.test(field) || !WEAK_ID.test(text);
  return [...looking.names].some(([kind, hashes]) => {
    if (kind === "email" ? !(field === "email" && isNamedByEmail) : !isId) return false;
    const value = kind === "email" ? (normalAddress(text) ?? text.trim().toLowerCase()) : text;
    return tells(looking, `${kind} ${value}`, () => hashes.get(keyedHash(looking.secret, `${kind}:${value}`)));
  });
}

/** As it is written, and as links write it ("anna%40example.com"). */
function hasAddress(text: string, looking: Looking): boolean {
  if (looking.addresses.size === 0) return false;
  return isWrittenIn(text, looking) || (text.includes("%40") && isWrittenIn(unescaped(text), looking));
}

const unescaped = (text: string) =>
  text.replace(/(?:%[0-9a-f]{2})+/gi, (escaped) => {
    try {
      return decodeURIComponent(escaped);
    } catch {
      return escaped;
    }
  });

/** Goes from one "@" to the next. */
function isWrittenIn(text: string, looking: Looking): boolean {
  for (let at = text.indexOf("@"); at !== -1; at = text.indexOf("@", at + 1)) {
    const locals = localsBefore(text, at);
    if (locals.length === 0) continue;
    const behind = text.slice(at + 1, at + 1 + MOST_DOMAIN);
    const domains = new Set(DOMAIN_RUNS.map((run) => run.exec(behind)?.[0].replace(/[.-]+$/, "") ?? ""));
    for (const domain of domains)
      for (const local of locals) {
        const found = `${local}@${domain}`;
        if (tells(looking, `address ${found}`, () => addressUntil(found, looking))) return true;
      }
  }
  return false;
}

/** All before the "@" that may be of an address, and what is left of it behind each sign that may be a link's. */
function localsBefore(text: string, at: number): string[] {
  const locals: string[] = [];
  const latest = Math.max(0, at - LOCAL_RUN);
  let from = at;
  for (; from > latest && IN_LOCAL.test(text[from - 1] as string); from--)
    if (from < at && locals.length < MOST_CUTS && CUTS.test(text[from - 1] as string))
      locals.push(text.slice(from, at));
  if (from < at) locals.push(text.slice(from, at));
  return [...new Set(locals.map((local) => local.replace(/^['.]+/, "")))].filter((local) => local !== "");
}

function addressUntil(text: string, { secret, addresses }: Looking): Instant | undefined {
  const email = normalAddress(text);
  return email === undefined ? undefined : addresses.get(keyedHash(secret, `email:${email}`));
}

function tells({ known, from }: Looking, key: string, look: () => Instant | undefined): boolean {
  let until = known.get(key);
  if (until === undefined) {
    if (known.size >= MOST_KNOWN) known.clear();
    until = look() ?? NOBODY;
    known.set(key, until);
  }
  return until >= from;
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
