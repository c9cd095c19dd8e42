// Entry point: why somebody got a mail, or did not. Heavy to work out, and only ever read.
import type { Ports } from "../shared/pipeline/ports.ts";
import { adminFunction } from "./admin-function.ts";
import { explainRoutes } from "./api/explain-routes.ts";
import { onAws } from "./on-aws.ts";

export const routes = explainRoutes;
export const create = (ports: Ports) => adminFunction(ports, routes(ports));
export const handler = onAws(create);
