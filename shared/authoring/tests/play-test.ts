// Decides what happens in a test: its story lived through `decide` and the gate on a virtual clock, every mail written.
import { NEW_ADDRESS } from "../../domain/address.ts";
import { type Catalogue, compileCatalogue, DEFAULT_CONSTANTS, statusOf } from "../../domain/catalogue.ts";
import { ceilingLimits } from "../../domain/day-ceilings.ts";
import { eventSk } from "../../domain/deciding.ts";
import type { Definition } from "../../domain/definition.ts";
import type { Effect } from "../../domain/effect.ts";
import type { Event } from "../../domain/event.ts";
import { groundOf } from "../../domain/ground.ts";
import type { Instant } from "../../domain/instant.ts";
import type { JsonObject } from "../../domain/json.ts";
import type { KnownFacts } from "../../domain/known-facts.ts";
import { personFacts } from "../../domain/person-facts.ts";
import type { Profile } from "../../domain/profile.ts";
import { type Rendered, render } from "../../domain/render.ts";
import { type Moment, occurrencesOf, replay } from "../../domain/replay.ts";
import type { Send } from "../../domain/send.ts";
import { localeFor } from "../../domain/settings.ts";
import { type SimulatedSend, type SimulationFacts, simulateSends } from "../../domain/simulate-sends.ts";
import { textTrait } from "../../domain/trait.ts";
import { zoneOf } from "../../domain/zone.ts";
import { type Story, storyOf } from "./person.ts";
import type { WrittenTest } from "./test-schema.ts";

/** What became of one mail; a sent one was written. `detail`: why it could not be. */
export type MailOutcome = { name: string; at: Instant } & (
  | { state: "sent"; mail: Rendered }
  | { state: "refused"; reason: string; detail?: string }
);

/** A test as it went. `moments`: every decision, in order. */
export type Played = {
  zone: string;
  startAt: Instant;
  lastAt: Instant;
  moments: Moment[];
  mails: MailOutcome[];
  profileAt(at: Instant): Profile;
};

/**
 * The catalogue that tests are played on. Nobody is held out, since a test speaks of those who get the mail; and what a test says
 * of consent is believed, since it has no sources.
 */
export function catalogueForTests(definitions: Definition[]): Catalogue {
  const treated = definitions.map((definition) => {
    const { kind, body } = definition;
    const holdsOut = (kind === "campaign" || kind === "settings") && "holdout" in body;
    const alike = holdsOut ? { ...body, holdout: 0 } : body;
    return kind === "settings" ? { ...definition, body: believingAll(alike) } : { ...definition, body: alike };
  });
  return compileCatalogue(treated, { revision: "test", seq: 1, constants: DEFAULT_CONSTANTS });
}

function believingAll(settings: JsonObject): JsonObject {
  const { systems: _systems, ...consent } = (settings["consent"] ?? {}) as JsonObject;
  return { ...settings, consent };
}

/** Lives the story up to `until`, an instant computed from the last instant that the test speaks of. */
export function playTest(
  test: WrittenTest,
  { catalogue, facts, until }: { catalogue: Catalogue; facts: KnownFacts; until: (story: Story) => Instant },
): Played {
  const story = storyOf(test, catalogue, facts);
  const end = until(story);
  const occurrences = occurrencesOf(catalogue, story.startAt - 1, end);
  const moments: Moment[] = [
    ...replay(story.start, [...story.past, ...story.events], { catalogue, until: end, occurrences }),
  ];
  const profileAt = (at: Instant) => moments.findLast((moment) => moment.at <= at)?.decided.profile ?? story.start;
  const told = effectsOf(moments).flatMap((effect) => (effect.kind === "event-derived" ? [effect.event] : []));
  const causes = new Map([...story.past, ...story.events, ...told].map((event) => [eventSk(event), event]));
  const { startAt, lastAt } = story;
  return {
    zone: catalogue.settings.timezone.default,
    startAt,
    lastAt,
    moments,
    mails: mailsOf(moments, { catalogue, profileAt, causes, until: end }),
    profileAt,
  };
}

const effectsOf = (moments: Moment[]): Effect[] => moments.flatMap(({ decided }) => decided.effects);

type World = {
  catalogue: Catalogue;
  profileAt: Played["profileAt"];
  causes: Map<string, Event>;
  until: Instant;
};

function mailsOf(moments: Moment[], world: World): MailOutcome[] {
  const sends = effectsOf(moments).flatMap((effect) => (effect.kind === "send-intended" ? [effect.send] : []));
  const intents = sends.map((send) => {
    const { email: addressKey } = gateFacts(world, send, send.intendedAt);
    return {
      send,
      address: NEW_ADDRESS,
      ...(addressKey !== undefined && { addressKey }),
      factsAt: (at: Instant) => gateFacts(world, send, at),
    };
  });
  const { settings, campaigns } = world.catalogue;
  const outcomes = simulateSends(intents, {
    until: world.until,
    ceilings: ceilingLimits(settings, campaigns.values()),
  });
  return outcomes.map((outcome) => mailOf(outcome, world)).sort((a, b) => a.at - b.at);
}

function gateFacts({ catalogue, profileAt }: World, send: Send, at: Instant): SimulationFacts {
  const { settings } = catalogue;
  return {
    ...personFacts(profileAt(at), settings, send.purpose),
    settings,
    campaignStatus: statusOf(catalogue, send.campaign),
  };
}

function mailOf({ send, at, state, reason }: SimulatedSend, world: World): MailOutcome {
  const name = `${send.campaign}/${send.step}`;
  if (state !== "sent")
    return { name, at, state: "refused", reason: state === "held" ? `held: ${reason}` : (reason ?? state) };
  const written = write(send, at, world);
  if ("detail" in written) return { name, at, state: "refused", reason: "not-renderable", detail: written.detail };
  return { name, at, state, mail: written };
}

/** The mail as the person would get it, in their language. */
function write(send: Send, at: Instant, { catalogue, profileAt, causes }: World): Rendered | { detail: string } {
  const template = catalogue.templates.get(send.template);
  if (template === undefined) return { detail: `there is no template ${send.template}` };
  const person = profileAt(at);
  const { traits } = person;
  const { settings } = catalogue;
  const { shop, locales, timezone } = settings;
  const cause = causes.get(send.causeSk);
  const values: JsonObject = Object.fromEntries(Object.entries(traits).map(([name, { value }]) => [name, value]));
  const rendered = render(template, {
    locale: localeFor(textTrait(traits, "locale"), locales),
    timezone: zoneOf(traits, timezone),
    profile: values,
    event: { ...cause?.properties, type: cause?.type ?? "" },
    shop,
    links: { unsubscribe: "https://unsubscribe.example/u", preferences: "https://preferences.example/p" },
    lawfulBasis: groundOf(send.purpose, { ...personFacts(person, settings, send.purpose), settings }, at),
  });
  if (!("problem" in rendered)) return rendered;
  const { part, message } = rendered.problem;
  return { detail: part === undefined ? message : `${part}: ${message}` };
}
