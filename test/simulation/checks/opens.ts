// Decides whether a mail may tell that it was opened: only where its reader agreed, or the shop's own interest will do.
import type { Mail } from "../../../shared/pipeline/ports.ts";
import type { SendSeen } from "../model.ts";
import { basisOf, inForce } from "../rules.ts";
import type { World } from "../stage.ts";
import type { AddressSaid } from "./addresses.ts";
import { factsOf, traitsOf } from "./may.ts";
import { lately, textOf } from "./past.ts";

const PURPOSE = "open-tracking";

export function checkTracked(world: World, mail: Mail, send: SendSeen): void {
  const { people, addresses } = factsOf(world, send);
  const states = lately(world, { pk: `PROFILE#${send.profileId}`, sk: `STATE#CONSENT#${PURPOSE}` }).map(
    (item) => (item?.["consent"] as { state: string } | undefined)?.state,
  );
  const closed = addresses.flatMap((pk) =>
    pk === undefined
      ? []
      : lately(world, { pk, sk: "ADDRESS" }).map(
          (item) => (item?.["address"] as AddressSaid | undefined)?.optOuts[PURPOSE] !== undefined,
        ),
  );
  const isLawful = people.flatMap((item) =>
    inForce(world.observer, world.rules, world.scheduler.now).map(
      ({ settings }) => basisOf(settings, PURPOSE, textOf(traitsOf(item), "country")?.toUpperCase()) !== "consent",
    ),
  );
  const mayBe = states.includes("granted") || (states.includes(undefined) && isLawful.includes(true));
  const mayNot =
    states.some((state) => state !== "granted") && (!states.includes(undefined) || isLawful.includes(false));
  const isMarketing = send.purpose === "marketing";
  if (mail.tracksOpens && !(isMarketing && mayBe && closed.includes(false)))
    world.violation("opens", `a mail of ${send.campaign} tells that it was opened, and consent is ${states}`);
  if (!mail.tracksOpens && isMarketing && !mayNot && !closed.includes(true) && states.every((one) => one === states[0]))
    world.violation("opens", `a mail of ${send.campaign} does not tell that it was opened, and consent is ${states}`);
}
