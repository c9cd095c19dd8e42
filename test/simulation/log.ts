// Decides what the actors of a seed remember: what the product promised them.
import type { Instant } from "../../shared/domain/instant.ts";
import type { Life } from "./life.ts";

export type ActorLog = {
  /** Message ids of calls that were accepted. */
  accepted: Set<string>;
  malformed: Set<string>;
  imported: Set<string>;
  /** "<profile> marketing": who said no by a link and was answered, since when; a yes of their own ends it. */
  optedOut: Map<string, Instant>;
  /** Users whom somebody began to erase; and who was told that it is done, since when. */
  erasing: Set<string>;
  erased: Map<string, Instant>;
  /** Ids of acts by which somebody came back after that. */
  returned: Set<string>;
  /** Addresses (table keys) whose erasure was lifted by who came back. */
  lifted: Set<string>;
  /** What is paused, since the pause returned. */
  paused: Map<string, Instant>;
  resuming: Set<string>;
  resumed: Set<string>;
  /** Who made a call, by its message id. */
  userOf: Map<string, string>;
  /** Whose profile is whose: the latest one. */
  profileOf: Map<string, string>;
  /** The other way round, for every profile there ever was. */
  userBehind: Map<string, string>;
  /** Texts that calls gave as somebody's address. */
  emailsOf: Map<string, Set<string>>;
  /** The same by the message id of the call. */
  emailIn: Map<string, string>;
};

export function newLog({ actions }: Life): ActorLog {
  const userOf = new Map<string, string>();
  const emailsOf = new Map<string, Set<string>>();
  const emailIn = new Map<string, string>();
  for (const action of actions) {
    if (action.kind === "sync") userOf.set(action.id, action.user);
    if (action.kind === "import") for (const { id, userId } of action.facts) userOf.set(String(id), String(userId));
    if (action.kind !== "calls") continue;
    for (const item of action.items) {
      const user = String(item["userId"]);
      userOf.set(String(item["messageId"]), user);
      const email = (item["traits"] as { email?: string } | undefined)?.email?.trim().toLowerCase();
      if (!email?.includes("@")) continue;
      emailsOf.set(user, (emailsOf.get(user) ?? new Set()).add(email));
      emailIn.set(String(item["messageId"]), email);
    }
  }
  return {
    accepted: new Set(),
    malformed: new Set(),
    imported: new Set(),
    optedOut: new Map(),
    erasing: new Set(),
    erased: new Map(),
    returned: new Set(),
    lifted: new Set(),
    profileOf: new Map(),
    userBehind: new Map(),
    emailsOf,
    emailIn,
    paused: new Map(),
    resuming: new Set(),
    resumed: new Set(),
    userOf,
  };
}
