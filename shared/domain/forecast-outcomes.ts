// Decides what becomes of all intended sends of a forecast: each person as known at each instant, one address one cap.
import { type Address, NEW_ADDRESS } from "./address.ts";
import type { CatalogueFacts, Closing, ForecastTally, Person, PersonPhase, ShortSend, Side } from "./forecast-tally.ts";
import type { Instant } from "./instant.ts";
import type { Send } from "./send.ts";
import { type Intent, type SimulatedSend, simulateSends } from "./simulate-sends.ts";

/** One simulated send with whose it is. */
export type Outcome = { person: Person; send: ShortSend; result: SimulatedSend };

/** An address as it stood at an instant. */
type AddressAt = (at: Instant) => Address;

/** What is known of every address; of opt-outs each time that one held: what is stored is the last word alone. */
export function addressesOf({ addresses, closings }: ForecastTally): Map<string, AddressAt> {
  const byAddress = Map.groupBy(closings, ({ address }) => address);
  const keys = new Set([...Object.keys(addresses), ...byAddress.keys()]);
  return new Map([...keys].map((key) => [key, addressAt(addresses[key], byAddress.get(key) ?? [])]));
}

function addressAt(stored: ForecastTally["addresses"][string] | undefined, closings: Closing[]): AddressAt {
  const address = { ...NEW_ADDRESS, ...stored };
  const purposes = new Set([...Object.keys(address.optOuts), ...closings.map(({ purpose }) => purpose)]);
  const spans = [...purposes].map((purpose): [string, Span[]] => {
    const own = closings.filter((closing) => closing.purpose === purpose);
    return [purpose, spansOf(own, address.optOuts[purpose])];
  });
  return (at) => {
    const held = spans.flatMap(([purpose, all]) => {
      const span = all.find(({ from, to }) => from <= at && at < to);
      return span === undefined ? [] : [[purpose, span.from] as const];
    });
    return { ...address, optOuts: Object.fromEntries(held) };
  };
}

type Span = { from: Instant; to: Instant };

/** When an opt-out held. `storedAt`: the one that holds now, which some way may have said that nobody sees here. */
function spansOf(closings: Closing[], storedAt: Instant | undefined): Span[] {
  const spans: Span[] = [];
  let open: { span: Span; saidAt: Instant } | undefined;
  for (const { at, saidAt, opens } of closings.toSorted((a, b) => a.at - b.at)) {
    if (!opens) {
      const span = open?.span ?? { from: at, to: Number.POSITIVE_INFINITY };
      if (open === undefined) spans.push(span);
      open = { span, saidAt: Math.max(saidAt, open?.saidAt ?? saidAt) };
    } else if (open !== undefined && open.saidAt < saidAt) {
      open.span.to = at;
      open = undefined;
    }
  }
  if (storedAt === undefined) return open === undefined ? spans : spans.slice(0, -1);
  if (open === undefined) return [...spans, { from: storedAt, to: Number.POSITIVE_INFINITY }];
  if (open.saidAt !== storedAt) open.span.from = Math.min(open.span.from, storedAt);
  return spans;
}

type SideContext = { facts: CatalogueFacts; addresses: Map<string, AddressAt>; until: Instant };

/** What becomes of every intended send of one side, simulated over everybody at once. */
export function outcomesOf(side: Side, { facts, addresses, until }: SideContext): Outcome[] {
  const owners = side.people.flatMap((person) => person.sends.map((send) => ({ person, send })));
  const intents = owners.map(({ person, send }) => intentOf(person, send, { facts, addresses }));
  const results = simulateSends(intents, { until, ceilings: facts.ceilings });
  return owners.map((owner, index) => ({ ...owner, result: results[index] as SimulatedSend }));
}

function intentOf(person: Person, short: ShortSend, { facts, addresses }: Omit<SideContext, "until">): Intent {
  const { purpose = "marketing", priority = "normal", status } = facts.campaigns[short.campaign] ?? {};
  const addressOf = (addressKey: string | undefined, at: Instant) => ({
    ...(addressKey !== undefined && { addressKey }),
    address: addresses.get(addressKey ?? "")?.(at) ?? NEW_ADDRESS,
  });
  return {
    send: sendOf(person, short, { purpose, priority }),
    ...addressOf(phaseAt(person, short.at)?.address, short.at),
    factsAt: (at) => {
      const phase = phaseAt(person, at);
      const state = phase?.consents[purpose];
      return {
        to: addressOf(phase?.address, at),
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
