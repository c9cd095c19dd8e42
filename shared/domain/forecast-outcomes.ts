// Decides what becomes of all intended sends of a forecast: each person as known at each instant, one address one cap.
import { type Address, NEW_ADDRESS } from "./address.ts";
import type { CatalogueFacts, ForecastTally, Person, PersonPhase, ShortSend, Side } from "./forecast-tally.ts";
import type { Instant } from "./instant.ts";
import type { Send } from "./send.ts";
import { type Intent, type SimulatedSend, simulateSends } from "./simulate-sends.ts";

/** One simulated send with whose it is. */
export type Outcome = { person: Person; send: ShortSend; result: SimulatedSend };

/** What is known of every address, each opt-out from when it was known: an event may tell one that is older. */
export function addressesOf({ addresses, closings }: ForecastTally): Map<string, Address> {
  const known = new Map(Object.entries(addresses).map(([key, address]) => [key, { ...NEW_ADDRESS, ...address }]));
  const inTime = closings.toSorted((a, b) => b.at - a.at);
  for (const { address: key, purpose, saidAt, at } of inTime) {
    const address = known.get(key);
    if (address === undefined || addresses[key]?.optOuts[purpose] !== saidAt) continue;
    known.set(key, { ...address, optOuts: { ...address.optOuts, [purpose]: at } });
  }
  return known;
}

type SideContext = { facts: CatalogueFacts; addresses: Map<string, Address>; until: Instant };

/** What becomes of every intended send of one side, simulated over everybody at once. */
export function outcomesOf(side: Side, { facts, addresses, until }: SideContext): Outcome[] {
  const owners = side.people.flatMap((person) => person.sends.map((send) => ({ person, send })));
  const intents = owners.map(({ person, send }) => intentOf(person, send, { facts, addresses }));
  const results = simulateSends(intents, { until, ceilings: facts.ceilings });
  return owners.map((owner, index) => ({ ...owner, result: results[index] as SimulatedSend }));
}

function intentOf(person: Person, short: ShortSend, { facts, addresses }: Omit<SideContext, "until">): Intent {
  const { purpose = "marketing", priority = "normal", status } = facts.campaigns[short.campaign] ?? {};
  const addressOf = (addressKey: string | undefined) => ({
    ...(addressKey !== undefined && { addressKey }),
    address: addresses.get(addressKey ?? "") ?? NEW_ADDRESS,
  });
  return {
    send: sendOf(person, short, { purpose, priority }),
    ...addressOf(phaseAt(person, short.at)?.address),
    factsAt: (at) => {
      const phase = phaseAt(person, at);
      const said = person.said?.filter((one) => one.purpose === purpose && one.at <= at).at(-1);
      const state = said?.state ?? phase?.consents[purpose];
      return {
        to: addressOf(phase?.address),
        ...(phase?.address !== undefined && { email: phase.address }),
        ...(state !== undefined && { consent: { purpose, channel: "email", state, at: 0, by: "" } }),
        ...placeOf(phase, facts),
        settings: facts,
        campaignStatus: status ?? "archived",
      };
    },
  };
}

/** Where somebody lives and when they bought last, as far as the settings ask for it. */
function placeOf(phase: PersonPhase | undefined, { ceilings }: CatalogueFacts) {
  const { zone = ceilings.zone, country, lastPurchaseAt } = phase ?? {};
  return {
    zone,
    ...(country !== undefined && { country }),
    ...(lastPurchaseAt !== undefined && { lastPurchaseAt }),
  };
}

const phaseAt = ({ phases }: Person, at: Instant) => phases.findLast((phase) => phase.at <= at) ?? phases[0];

/** The send with the parts that gates look at; the rest is left behind on the way here. */
function sendOf(
  { profile }: Person,
  short: ShortSend,
  { purpose, priority }: Pick<Send, "purpose" | "priority">,
): Send {
  const { id, campaign, step, arm, expiresAt, at } = short;
  const base = { id, profileId: profile, campaign, step, arm, expiresAt, purpose, priority };
  return { ...base, intendedAt: at, causeAt: at, channel: "email", revision: "", key: "", template: "", causeSk: "" };
}
