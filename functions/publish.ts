// Entry point: campaigns as code, from the draft to the plan with its forecast to what is live.
import type { Ports } from "../shared/pipeline/ports.ts";
import { catalogueRoutes } from "./api/catalogue-routes.ts";
import { httpFunction } from "./http-function.ts";
import { onAws } from "./on-aws.ts";

export const routes = catalogueRoutes;
export const create = (ports: Ports) => httpFunction(ports.log, routes(ports));
export const handler = onAws(create);
