// Entry point: campaigns as code, from the draft to the plan with its forecast to what is live.
import type { Ports } from "../shared/pipeline/ports.ts";
import { adminFunction } from "./admin-function.ts";
import { catalogueRoutes } from "./api/catalogue-routes.ts";
import { onAws } from "./on-aws.ts";

export const routes = catalogueRoutes;
export const create = (ports: Ports) => adminFunction(ports, routes(ports));
export const handler = onAws(create);
