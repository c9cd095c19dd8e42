// Decides whether the address may get mail: bounces and complaints stop every mail, an opt-out stops its purpose.
import type { Gate } from "../gate-facts.ts";

export const suppressionGate: Gate = (send, { address }) => {
  if (Object.keys(address.suppressions).length > 0) return { kind: "refuse", reason: "suppressed" };
  return address.optOuts[send.purpose] === undefined ? undefined : { kind: "refuse", reason: "opted-out" };
};
