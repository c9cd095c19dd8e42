// Entry point: what marketers, operators and the command line ask and tell.
import type { Ports } from "../shared/pipeline/ports.ts";
import { catalogueRoutes } from "./api/catalogue-routes.ts";
import { intakeRoutes } from "./api/intake-routes.ts";
import { jobRoutes } from "./api/job-routes.ts";
import { listRoutes } from "./api/list-routes.ts";
import { profileRoutes } from "./api/profile-routes.ts";
import { httpFunction } from "./http-function.ts";
import { onAws } from "./on-aws.ts";

export const create = (ports: Ports) =>
  httpFunction(ports.log, [
    ...listRoutes(ports),
    ...profileRoutes(ports),
    ...intakeRoutes(ports),
    ...catalogueRoutes(ports),
    ...jobRoutes(ports),
  ]);
export const handler = onAws(create);
