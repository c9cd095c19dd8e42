// Routes of the doctor: what is not as it should be, and what to do about it.
import type { Ports } from "../../shared/pipeline/ports.ts";
import { doctorView } from "../../shared/pipeline/views/doctor.ts";
import { type HttpRoute, json } from "../http-function.ts";

export function doctorRoutes(ports: Ports): HttpRoute[] {
  return [{ method: "GET", path: "/api/doctor", handler: async () => json(200, await doctorView(ports)) }];
}
