// Decides whether there is an address to send to.
import type { Gate } from "../gate-facts.ts";

export const addressGate: Gate = (_send, { email }) =>
  email === undefined ? { kind: "refuse", reason: "no-address" } : undefined;
