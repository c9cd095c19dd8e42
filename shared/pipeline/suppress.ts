// Decides how an operator closes an address: at once, whoever it belongs to and whether it is known or not.
import { type SuppressionReason, withSuppression } from "../domain/address.ts";
import { normalAddress } from "../domain/email-address.ts";
import type { Instant } from "../domain/instant.ts";
import { addressKey } from "./keys.ts";
import type { Ports } from "./ports.ts";
import { changeAddress } from "./records/address-record.ts";

/**
 * Closes the address for every mail: when this returns, no claim for it is committed any more, since claims and this change
 * hold the same version. Repeats change nothing. Answers `false` when the text is no address mail can go to. Cost: 1 read and
 * 1 write unit.
 */
export async function suppress(
  ports: Pick<Ports, "table" | "secrets" | "clock" | "ids">,
  text: string,
  { reason, at }: { reason: SuppressionReason; at: Instant },
): Promise<boolean> {
  const email = normalAddress(text);
  if (email === undefined) return false;
  const key = addressKey(await ports.secrets.get("identity"), email);
  await changeAddress(ports, key, (address) => withSuppression(address, reason, at));
  return true;
}
