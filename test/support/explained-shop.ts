// Decides what tests of explanations publish: settings, segments and mails of the small shop, and campaigns written in place.
import { readYaml } from "../../shared/authoring/yaml-source.ts";
import type { Definition, DefinitionKind } from "../../shared/domain/definition.ts";
import type { Instant } from "../../shared/domain/instant.ts";
import type { JsonObject } from "../../shared/domain/json.ts";
import { findProfile } from "../../shared/pipeline/identity.ts";
import { type ExplainQuestion, type Explanation, explainView } from "../../shared/pipeline/views/explain.ts";
import { MemoryWorld } from "./memory-world.ts";
import { smallShopDefinitions } from "./small-shop.ts";

/** A definition read from YAML, with the lines it is written in. */
export function written(kind: DefinitionKind, text: string): Definition {
  const id = new RegExp(`^${kind}: (\\S+)`, "m").exec(text)?.[1] ?? "";
  const file = `${kind}s/${id}.yaml`;
  const source = readYaml(file, text.trim());
  if ("problems" in source) throw new Error(JSON.stringify(source.problems));
  return { kind, id, file, body: source.body, lines: source.lines };
}

/** The small shop's settings (changed), segments and templates, and these campaigns instead of its own. */
export async function shopWith(definitions: Definition[], settings: JsonObject = {}): Promise<Definition[]> {
  const small = (await smallShopDefinitions()).filter(({ kind }) => kind !== "campaign");
  return [
    ...small.map((one) => (one.kind === "settings" ? { ...one, body: { ...one.body, ...settings } } : one)),
    ...definitions,
  ];
}

/** A world with the shop and campaigns written in place. */
export async function worldWith(texts: string[], settings: JsonObject = {}): Promise<MemoryWorld> {
  return MemoryWorld.open(
    await shopWith(
      texts.map((text) => written("campaign", text)),
      settings,
    ),
  );
}

/** Lets time pass up to an instant, then posts, and does all there is to do. */
export async function postAt(world: MemoryWorld, at: Instant, ...calls: object[]): Promise<void> {
  await world.advanceTo(at);
  await world.post(...calls);
  await world.settle();
}

type About<K extends Explanation["about"]> = Extract<Explanation, { about: K }>;

async function explained(world: MemoryWorld, question: ExplainQuestion, user: string) {
  return explainView(world.ports, (await findProfile(world.ports, user)) as string, question);
}

/** The explanation of a campaign; throws when there is none. */
export async function aboutCampaign(
  world: MemoryWorld,
  campaign: string,
  { user = "u-1", ...at }: { user?: string; at?: Instant } = {},
): Promise<About<"campaign">> {
  const view = await explained(world, { campaign, ...at }, user);
  if ("problem" in view || view.about !== "campaign") throw new Error(JSON.stringify(view));
  return view;
}

/** The same of a segment. */
export async function aboutSegment(
  world: MemoryWorld,
  segment: string,
  { user = "u-1", ...at }: { user?: string; at?: Instant } = {},
): Promise<About<"segment">> {
  const view = await explained(world, { segment, ...at }, user);
  if ("problem" in view || view.about !== "segment") throw new Error(JSON.stringify(view));
  return view;
}

/** The overview. */
export async function aboutEverything(world: MemoryWorld, at?: Instant): Promise<About<"profile">> {
  const view = await explained(world, at === undefined ? {} : { at }, "u-1");
  if ("problem" in view || view.about !== "profile") throw new Error(JSON.stringify(view));
  return view;
}
