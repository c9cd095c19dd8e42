// Decides what a shop sets once for all campaigns: its name and sender, locales, zones, caps.
import * as z from "zod";
import { normalAddress } from "./email-address.ts";
import { DAY_MS, parseDuration } from "./instant.ts";
import { isZone } from "./zone.ts";

export const durationSchema = z
  .string()
  .refine((text) => (parseDuration(text) ?? 0) > 0, { error: "must be a duration such as 30 days or 12 hours" });
export const zoneSchema = z.string().refine(isZone, { error: "must be an IANA time zone such as Europe/Paris" });
const localeSchema = z.string().regex(/^[a-z]{2}(-[A-Z]{2})?$/, { error: "must be a locale such as fr or fr-CH" });
export const timeSchema = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, { error: 'must be a time such as "09:00"' });
/** Percent of profiles, 0 to 100. */
export const percentSchema = z
  .number({ error: "must be a percentage such as 10" })
  .min(0, { error: "must be 0 or more" })
  .max(100, { error: "must be at most 100" });
const singleLine = z
  .string()
  .min(1)
  .max(200)
  .regex(/^\P{Cc}*$/u, { error: "must be one line, without control characters" });

/** What a value of another type is told; one that is missing is said to be. */
const mustBe = (what: string) => ({
  error: ({ code, input }: { code?: string; input?: unknown }) =>
    code === "invalid_type" && input !== undefined ? `must be ${what}` : undefined,
});

const capSchema = z.strictObject(
  { max: z.int().min(1).max(50), within: durationSchema },
  mustBe("a cap such as { max: 3, within: 7 days }"),
);
const quietHoursSchema = z
  .strictObject({ from: timeSchema, to: timeSchema }, mustBe('hours such as { from: "21:00", to: "08:00" }'))
  .refine(({ from, to }) => from !== to, { error: "must differ from the time in from", path: ["to"] });

const sourceSchema = z.string().min(1).max(256);
/** What makes a mail lawful: an agreement, or the shop's own interest, as long as nobody objects. */
const basisSchema = z.enum(["consent", "legitimate-interest"], {
  error: "must be consent or legitimate-interest",
});
const countrySchema = z.string().regex(/^[A-Z]{2}$/, { error: "must be a country in two capital letters such as CH" });
const basesSchema = z.strictObject({
  /** Where nothing else is said, and for everybody whose country is not known. */
  default: basisSchema.default("consent"),
  byCountry: z.record(countrySchema, basisSchema).default({}),
});
const consentSchema = z
  .strictObject({
    /** Sources through which people speak for themselves: only what they say can lift their earlier no. */
    forms: z
      .record(sourceSchema, z.strictObject({ how: singleLine.optional(), wording: singleLine.optional() }))
      .refine((forms) => !Object.hasOwn(forms, "relance"), {
        error: "must not name relance: a step of a campaign speaks for nobody",
      })
      .default({}),
    /** Other sources whose yes is believed where nothing was said yet; all when absent. */
    systems: z.array(sourceSchema).optional(),
    /** Lawful basis per purpose and country. */
    basis: z
      .strictObject({ marketing: basesSchema.prefault({}), "open-tracking": basesSchema.prefault({}) })
      .prefault({}),
  })
  .describe("Whose word counts as consent, and where mail rests on something else.");
export const softBouncesSchema = z
  .strictObject({ max: z.int().min(2).max(20).default(5), within: durationSchema.default("30 days") })
  .describe("So many mails in a row that bounce for now, within this time and without a delivery, close the address.");
/** Whoever is quiet for as long as a holiday has not left. */
const LEAST_KEPT_DAYS = 30;
const keptSchema = durationSchema.refine((text) => (parseDuration(text) ?? Infinity) >= LEAST_KEPT_DAYS * DAY_MS, {
  error: `must be ${LEAST_KEPT_DAYS} days or more: whoever did nothing for so long is erased for good`,
});
const nameSchema = z.string().min(1).max(200);
const dropSchema = z
  .strictObject({
    traits: z.array(nameSchema).max(200).default([]),
    /** Event type → its properties. */
    properties: z.record(z.string(), z.array(nameSchema).max(200)).default({}),
  })
  .describe("Traits and event properties that serve no purpose: thrown away at the door.");

/** Mails in one day. */
export const mailsSchema = z
  .int({ error: "must be a whole number of mails such as 500" })
  .min(1, { error: "must be 1 or more" });

export const settingsSchema = z.strictObject({
  shop: z.strictObject({
    name: singleLine,
    from: singleLine.refine((text) => normalAddress(/^[^<>]*<([^<>]+)>$/.exec(text)?.[1] ?? "") !== undefined, {
      error: 'must be a sender such as "My Shop <hello@example.com>"',
    }),
    replyTo: z.email().optional(),
    url: z.url(),
    postalAddress: singleLine,
  }),
  locales: z.strictObject({ default: localeSchema, supported: z.array(localeSchema).min(1) }),
  timezone: z.strictObject({
    default: zoneSchema,
    byCountry: z.record(countrySchema, zoneSchema).default({}),
  }),
  birthday: z.strictObject({ at: timeSchema }).default({ at: "09:00" }),
  /** Percent of all profiles that get no marketing at all, to measure what marketing does. */
  holdout: percentSchema.default(0),
  /** Most mails of a purpose to one address in every rolling window. */
  frequencyCap: z
    .strictObject({ marketing: capSchema, service: capSchema.optional() })
    .describe("Most mails of a purpose to one address, of all campaigns together, in every window of this length."),
  /** Local hours in which no mail of a purpose leaves; `from` may be later than `to`: over midnight. */
  quietHours: z
    .strictObject({ marketing: quietHoursSchema.optional(), service: quietHoursSchema.optional() })
    .describe('Hours in which no mail of a purpose leaves, where the reader lives: { from: "21:00", to: "08:00" }.')
    .default({}),
  /** Who bought and never said no may get marketing without having said yes, where the law allows it; absent: nobody. */
  existingCustomers: z
    .strictObject(
      {
        /** Since the last purchase. */
        within: durationSchema,
        /** Only there; everywhere when absent. A profile without a known country is not there. */
        countries: z
          .array(z.string().regex(/^[A-Z]{2}$/, { error: "must be a country such as FR" }))
          .min(1, { error: "must name a country at least; leave it out for everywhere" })
          .optional(),
      },
      mustBe("a rule such as { within: 365 days, countries: [DE] }"),
    )
    .describe("Who bought within this time and never said no may get marketing without having said yes.")
    .optional(),
  consent: consentSchema.prefault({}),
  softBounces: softBouncesSchema.prefault({}),
  /** How long somebody is kept after their last own act; `automatic`: erased by the nightly job, else only on command. */
  retention: z
    .strictObject({ after: keptSchema.default("3 years"), automatic: z.boolean().default(false) })
    .describe(
      "People who did nothing for so long are erased: every night, or only by relance retention. A year counts 365 days.",
    )
    .prefault({}),
  drop: dropSchema.prefault({}),
  /** Whether links of marketing mails lead over Relance, which counts the click, to their target. */
  clickTracking: z.boolean().default(true),
  /** Most mails of the whole account in one day of the default time zone. */
  maxPerDay: mailsSchema
    .describe("Most mails of all campaigns together in one day of the default time zone.")
    .optional(),
});

export type Settings = z.infer<typeof settingsSchema>;

/** The supported locale for a person's locale: exactly, else by language, else the shop's default. */
export function localeFor(wanted: string | undefined, locales: Settings["locales"]): string {
  if (wanted === undefined) return locales.default;
  const [language, region] = wanted.replace("_", "-").split("-");
  const exact = `${language?.toLowerCase()}${region === undefined ? "" : `-${region.toUpperCase()}`}`;
  if (locales.supported.includes(exact)) return exact;
  return locales.supported.find((locale) => locale.split("-")[0] === language?.toLowerCase()) ?? locales.default;
}
