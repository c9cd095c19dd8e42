// Decides whether a send is still worth making: the campaign's `sendBefore`.
import type { Gate } from "../gate-facts.ts";

export const expiryGate: Gate = (send, _facts, now) =>
  now >= send.expiresAt ? { kind: "refuse", reason: "expired" } : undefined;
