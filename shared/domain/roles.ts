// Decides which roles the people of a company have at the admin api, and what each may do.

/**
 * `see`: numbers, definitions, and lists in which people are opaque ids. `see-people`: profiles, timelines, members, events.
 * `publish`: what campaigns say, and whether one of them speaks. `operate`: the whole account's mail, jobs, imports, events by
 * hand. `suppress`: closing an address. `privacy`: what the data-protection officer answers for: exports, erasure, consent on
 * somebody's behalf, retention, the audit.
 */
export type Right = "see" | "see-people" | "publish" | "operate" | "suppress" | "privacy";
export type Role = "viewer" | "marketer" | "operator" | "privacy";

/** The rights of each role: nobody has all of them, so that who sends mail is not who erases what shows it. */
export const roleRights: Record<Role, readonly Right[]> = {
  viewer: ["see"],
  marketer: ["see", "see-people", "publish"],
  operator: ["see", "see-people", "publish", "operate", "suppress"],
  privacy: ["see", "see-people", "suppress", "privacy"],
};

export const roles = Object.keys(roleRights) as Role[];

export function isRole(text: string): text is Role {
  return Object.hasOwn(roleRights, text);
}

/** The roles that have a right, in their order. */
export function rolesWith(right: Right): Role[] {
  return roles.filter((role) => roleRights[role].includes(right));
}
