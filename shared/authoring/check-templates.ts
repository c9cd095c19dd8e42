// Decides whether every mail can be written in every language: variables that exist, nothing missing, the way out visible.
import type { Definition } from "../domain/definition.ts";
import { marketingGrounds } from "../domain/ground.ts";
import { type KnownFacts, propertiesOf } from "../domain/known-facts.ts";
import { type RenderInput, render } from "../domain/render.ts";
import type { Settings } from "../domain/settings.ts";
import type { Template } from "../domain/template.ts";
import { sendsOf, surePropertiesOf, triggerEvent } from "./campaign-parts.ts";
import { isForMarketing } from "./check-references.ts";
import { checkVariables, type Sender } from "./check-variables.ts";
import { checkWayOut } from "./check-way-out.ts";
import type { MarketingFiles } from "./marketing-files.ts";
import type { Read } from "./read-definition.ts";
import { sampleFacts } from "./sample-facts.ts";
import { errorsIn, fileError, type SourceProblem } from "./source-problem.ts";
import { type MailPart, origin, type TemplateSources, templateSources, type Written } from "./template-sources.ts";
import { type Hole, type Trial, tryTemplate } from "./trial-render.ts";
import type { YamlSource } from "./yaml-source.ts";

/** What mails are tried out with. */
export type Mails = { files: MarketingFiles; settings: Settings; campaigns: Read[]; facts: KnownFacts };

type OneMail = { template: Template; locale: string; isMarketing: boolean; yaml: YamlSource; sources: TemplateSources };

const UNSUBSCRIBE = "https://unsubscribe.example/u?p=1&t=2";

/** Everything that is wrong with the sound templates, seen with what is known of profiles and events. */
export function checkTemplates(templates: Read[], mails: Mails): SourceProblem[] {
  return templates.flatMap(({ definition, source }) =>
    definition === undefined || source === undefined ? [] : checkTemplate(definition, source, mails),
  );
}

function checkTemplate(definition: Definition, yaml: YamlSource, mails: Mails): SourceProblem[] {
  const template = definition.body as Template;
  const senders = sendersOf(template.template, mails.campaigns);
  const isMarketing = isForMarketing(template.template, mails.campaigns);
  return Object.keys(template.locales).flatMap((locale) => {
    const sources = templateSources(mails.files, yaml, locale);
    const mail = { template, locale, isMarketing, yaml, sources };
    const tried = senders.flatMap((sender) => checkMail(mail, sender, mails));
    const said = new Set(tried.map(placeText));
    const errors = new Set(errorsIn(tried).map(placeText));
    const unknown = checkVariables(sources, senders, mails.facts).filter((one) => !said.has(placeText(one)));
    // What cannot be written for one sender need not be said to be doubtful for another.
    const distinct = tried.filter((one) => one.severity === "error" || !errors.has(placeText(one)));
    return [...unknown, ...distinct];
  });
}

const placeText = ({ line, column, file }: SourceProblem) => `${file}:${line}:${column}`;

/** What Relance's own events always say; the age is not among it, since a birthday may come without a year. */
const OWN_PROPERTIES: Record<string, readonly string[]> = {
  "churn_risk.detected": ["lastPurchaseAt", "silentDays"],
  "birthday.reached": ["year"],
  "segment.entered": ["segment"],
  "segment.left": ["segment"],
  "schedule.occurred": ["campaign"],
};

function sendersOf(template: string, campaigns: Read[]): Sender[] {
  const senders = campaigns.flatMap(({ id, source }): Sender[] => {
    if (source === undefined || !sendsOf(source.body).some((send) => send.id === template)) return [];
    const event = triggerEvent(source.body);
    const sure = [...surePropertiesOf(source.body), ...(OWN_PROPERTIES[event ?? ""] ?? [])];
    return [{ sure, ...(id !== undefined && { campaign: id }), ...(event !== undefined && { event }) }];
  });
  return senders.length === 0 ? [{}] : senders;
}

/** One mail, first with everything that may be known, then with an address and nothing of the event but what it must say. */
function checkMail(mail: OneMail, sender: Sender, { settings, facts }: Mails): SourceProblem[] {
  const properties = (sender.event === undefined ? undefined : propertiesOf(facts, sender.event)) ?? {};
  const isKnown = sender.event !== undefined && propertiesOf(facts, sender.event) !== undefined;
  const known = { traits: facts.traits, properties };
  const input = inputFor(mail, settings);
  const full = tryTemplate(
    mail.template,
    { ...input, profile: sampleFacts(facts.traits), event: { ...sampleFacts(properties), type: sender.event ?? "" } },
    known,
  );
  const said = Object.entries(properties).filter(([name]) => sender.sure?.includes(name));
  const bareEvent = { ...sampleFacts(Object.fromEntries(said)), type: sender.event ?? "" };
  const bare = tryTemplate(
    mail.template,
    { ...input, profile: { email: "zoe@example.com" }, event: isKnown ? bareEvent : full.data.event },
    known,
  );
  const missing = full.holes.filter(
    ({ variable, type }) => type === undefined && (isKnown || !variable.startsWith("event.")),
  );
  const reported = new Set(missing.map(({ variable }) => variable));
  // Of an object and what lies in it, the latter is what the template asks for.
  const isAround = (around: string) => bare.holes.some(({ variable }) => variable.startsWith(`${around}.`));
  const mayMiss = bare.holes.filter(({ variable }) => !reported.has(variable) && !isAround(variable));
  return [
    ...missing.map((hole) => unwritable(mail, hole, sender)),
    ...mayMiss.map((hole) => mayBeMissing(mail, hole)),
    ...faultOf(mail, full),
    ...afterRendering(mail, [full, bare, ...onOtherGrounds(mail, input, bare)]),
  ];
}

function inputFor({ locale, isMarketing }: OneMail, { shop, timezone }: Settings): RenderInput {
  const { name, url, postalAddress } = shop;
  return {
    locale,
    timezone: timezone.default,
    profile: {},
    event: {},
    shop: { name, url, postalAddress },
    links: { unsubscribe: UNSUBSCRIBE, preferences: "https://preferences.example/p?p=1&t=2" },
    lawfulBasis: isMarketing ? "consent" : "service",
  };
}

function unwritable(mail: OneMail, hole: Hole, { campaign, event }: Sender): SourceProblem {
  const { variable } = hole;
  const ofEvent = variable.startsWith("event.");
  const why = ofEvent
    ? `${event} is not known to have it${campaign === undefined ? "" : `, and the campaign ${campaign} sends this mail`}`
    : "no such trait is known";
  const where = ofEvent ? `under events, ${event}` : "under traits";
  const message = `${variable} has no value: ${why}, so the mail could not be written; guard it with {% if ${variable} %}, or declare it in facts.yaml ${where}`;
  return at(mail, hole, { code: "unguarded_variable", message });
}

function mayBeMissing(mail: OneMail, hole: Hole): SourceProblem {
  const { variable } = hole;
  const message = `${variable} may be missing, and then this mail cannot be written; guard it with {% if ${variable} %}, or give it a default: {{ ${variable} | default: "..." }}`;
  return { ...at(mail, hole, { code: "unguarded_variable", message }), severity: "warning" };
}

/** What the foot of a mail says depends on why it may be sent; the way out must be there in every case. */
function onOtherGrounds({ template, isMarketing }: OneMail, input: RenderInput, { data }: Trial): Trial[] {
  if (!isMarketing) return [];
  return marketingGrounds.map((lawfulBasis) => {
    const rendered = render(template, { ...input, ...data, lawfulBasis });
    return { holes: [], data, ...("problem" in rendered ? { fault: rendered.problem } : { rendered }) };
  });
}

/** Something the template does with a value that no value of the known type allows. */
function faultOf(mail: OneMail, { fault, holes }: Trial): SourceProblem[] {
  if (fault === undefined || holes.some(({ type }) => type === undefined || type === "any")) return [];
  const message = `the mail could not be written: ${fault.message}`;
  return [at(mail, { ...fault, part: fault.part ?? "html" }, { code: "not_writable", message })];
}

function afterRendering(mail: OneMail, trials: Trial[]): SourceProblem[] {
  const { locale, isMarketing, yaml, sources } = mail;
  const rendered = trials.flatMap((trial) => trial.rendered ?? []);
  const tooLong = rendered.some(({ subject }) => subject.length >= 250 && subject.endsWith("…"));
  const message = `subject.${locale} comes to more than 250 characters, and would be cut; shorten it`;
  const { line = 1, column = 1 } = yaml.texts[`subject.${locale}`] ?? {};
  return [
    ...(tooLong ? [fileError(yaml.file, { code: "subject_too_long", message }, { line, column })] : []),
    ...(isMarketing ? checkWayOut(rendered, { url: UNSUBSCRIBE, sources }) : []),
  ];
}

/** A complaint where the Liquid was written, or at least in the file of that part. */
function at(
  { template, locale, sources }: OneMail,
  { part, line, column }: { part: MailPart; line?: number; column?: number },
  what: { code: string; message: string },
): SourceProblem {
  const compiled = template.locales[locale]?.[part] ?? "";
  const found: Written | undefined = origin(
    compiled,
    { ...(line && { line }), ...(column && { column }) },
    sources[part],
  );
  if (found !== undefined) return fileError(found.file, what, found);
  return fileError(sources[part][0]?.file ?? `templates/${template.template}/template.yaml`, what);
}
