// Builds the definitions of an invented shop, as they are published: settings, segments, campaigns and one template.
import type { Definition, DefinitionKind } from "../../shared/domain/definition.ts";
import type { Json, JsonObject } from "../../shared/domain/json.ts";
import { SETTINGS } from "./builders.ts";

export type ShopParts = {
  /** Rules by id. */
  segments?: Record<string, Json>;
  /** Bodies without title; without steps they send the template. */
  campaigns?: (JsonObject & { campaign: string })[];
  settings?: JsonObject;
  /** Subject of the template. */
  subject?: string;
};

/** Everything that `publish` takes. */
export function shopDefinitions({ segments = {}, campaigns = [], settings = {}, subject = "Hello" }: ShopParts = {}) {
  return [
    definition("settings", "settings", { ...SETTINGS, ...settings }),
    ...Object.entries(segments).map(([id, where]) => definition("segment", id, { segment: id, title: id, where })),
    ...campaigns.map((body) =>
      definition("campaign", body.campaign, { title: body.campaign, steps: [{ id: "say", send: "mail" }], ...body }),
    ),
    definition("template", "mail", {
      template: "mail",
      locales: Object.fromEntries(
        ["fr", "en"].map((locale) => [locale, { subject, html: `<p>${subject}</p>`, text: subject }]),
      ),
    }),
  ];
}

function definition(kind: DefinitionKind, id: string, body: JsonObject): Definition {
  return { kind, id, body, file: `${kind}s/${id}.yaml`, lines: {} };
}

/** A shop whose campaigns, by id, send one mail to each lead, unless their body says something else. */
export function leadShop(campaigns: Record<string, JsonObject>, settings: JsonObject = {}): Definition[] {
  const bodies = Object.entries(campaigns).map(([campaign, body]) => ({
    campaign,
    on: { event: "lead.created" },
    reentry: "always",
    ...body,
  }));
  return shopDefinitions({ campaigns: bodies, settings });
}
