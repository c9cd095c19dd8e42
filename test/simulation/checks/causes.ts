// Decides whether an intent has a good reason: no late or imported cause (I11), the revision of its entry (I12).
import type { Change, SendSeen } from "../model.ts";
import type { World } from "../stage.ts";

export function checkIntent(world: World, send: SendSeen): void {
  const { observer, rules } = world;
  const what = `${send.campaign}/${send.step} ${send.id.slice(0, 6)}`;
  const pk = `PROFILE#${send.profileId}`;
  const cause = observer.events.get(`${pk} ${send.causeSk}`);
  if (cause === undefined) world.violation("I11", `${what} has no cause in the timeline`);
  else if (cause.item["late"] === true) world.violation("I11", `${what} was intended because of a late event`);
  const entered = observer.entries.get(`${pk} ENTRY#${send.campaign}#${send.key.split("~", 1)[0]}`);
  if (entered !== send.revision)
    world.violation("I12", `${what} is of revision ${send.revision}, and its entry of ${entered}`);
  const step = rules.campaigns.get(send.revision)?.steps.find(({ id }) => id === send.step);
  if (step?.send !== send.template)
    world.violation("I12", `${what} sends ${send.template}, and its revision says ${step?.send}`);
}

export function checkRun(world: World, { name, revision, before }: Extract<Change, { kind: "run" }>): void {
  if (before !== undefined && before.state !== "settling" && before.revision !== revision)
    world.violation("I12", `the run ${name} was of revision ${before.revision} and became one of ${revision}`);
}
