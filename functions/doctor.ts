// Entry point: what is not as it should be, and what to do about it. Looks into everything, and changes nothing.
import type { Ports } from "../shared/pipeline/ports.ts";
import { adminFunction } from "./admin-function.ts";
import { doctorRoutes } from "./api/doctor-routes.ts";
import { onAws } from "./on-aws.ts";

export const routes = doctorRoutes;
export const create = (ports: Ports) => adminFunction(ports, routes(ports));
export const handler = onAws(create);
