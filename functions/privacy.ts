// Entry point: what the data-protection officer answers for: who did what, what is known of a person, and its end.
import type { Ports } from "../shared/pipeline/ports.ts";
import { type AdminRoute, adminFunction } from "./admin-function.ts";
import { auditRoutes } from "./api/audit-routes.ts";
import { consentRoutes } from "./api/consent-routes.ts";
import { privacyRoutes } from "./api/privacy-routes.ts";
import { onAws } from "./on-aws.ts";

/** A function of its own, so that no other one has the rights it needs. */
export const routes = (ports: Ports): AdminRoute[] => [
  ...auditRoutes(ports),
  ...consentRoutes(ports),
  ...privacyRoutes(ports),
];
export const create = (ports: Ports) => adminFunction(ports, routes(ports));
export const handler = onAws(create);
