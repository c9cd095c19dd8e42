// Entry point: what marketers, operators and the command line ask and tell.
import type { Ports } from "../shared/pipeline/ports.ts";
import { adminFunction } from "./admin-function.ts";
import { intakeRoutes } from "./api/intake-routes.ts";
import { jobRoutes } from "./api/job-routes.ts";
import { ledgerRoutes } from "./api/ledger-routes.ts";
import { listRoutes } from "./api/list-routes.ts";
import { profileRoutes } from "./api/profile-routes.ts";
import { stopRoutes } from "./api/stop-routes.ts";
import { suppressionRoutes } from "./api/suppression-routes.ts";
import { onAws } from "./on-aws.ts";

/** Everything under /api but what `publish.ts`, `explain.ts`, `doctor.ts` and `privacy.ts` serve. */
export const routes = (ports: Ports) => [
  ...listRoutes(ports),
  ...ledgerRoutes(ports),
  ...stopRoutes(ports),
  ...suppressionRoutes(ports),
  ...profileRoutes(ports),
  ...intakeRoutes(ports),
  ...jobRoutes(ports),
];
export const create = (ports: Ports) => adminFunction(ports, routes(ports));
export const handler = onAws(create);
