// Decides whether rules heard of what became of mails: of each once, and of everything that a published rule asks for.
import type { SendSeen } from "../model.ts";
import type { World } from "../stage.ts";
import { pastOf } from "./past.ts";

/** What can happen to one mail once, with the provider's word for it; a segment of every shop counts bounces. */
const ONCE: Record<string, string> = { "email.delivered": "Delivery", "email.bounced": "Bounce" };

export function checkNews(world: World): void {
  const { observer } = world;
  const { heard } = pastOf(world);
  const told = new Set<string>();
  for (const { item, profileId } of observer.events.values()) {
    const type = String(item["type"]);
    if (ONCE[type] === undefined) continue;
    const { sendId } = item["properties"] as { sendId: string };
    // A service mail that was sent once more may have arrived twice.
    const isOnce = (observer.sendOf(sendId)?.accepted.length ?? 1) < 2;
    if (isOnce && told.has(`${type} ${sendId}`)) world.violation("news", `${type} of ${sendId} was told twice`);
    told.add(`${type} ${sendId}`);
    const send = observer.sendOf(sendId);
    if (send?.profileId !== profileId) world.violation("news", `${type} of ${sendId} was told of ${profileId}`);
    else if (!isSaid(world, type, send)) world.violation("news", `${type} of ${sendId} was told, and nobody said so`);
  }
  for (const { id, profileId } of observer.sends.values())
    if (heard.has(`Bounce ${id}`) && observer.people.has(profileId) && !told.has(`email.bounced ${id}`))
      world.violation("news", `${id} bounced, and no rule heard of it`);
}

function isSaid(world: World, type: string, { id }: SendSeen): boolean {
  const { reported } = pastOf(world);
  const word = ONCE[type] as string;
  return reported.has(`${word} ${id}`) || reported.has(`${word} soft ${id}`);
}
