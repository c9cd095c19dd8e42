// Entry point: what people open by the links in their mails: unsubscribe, their choices and data, and where a link leads.
import { errorText } from "../shared/pipeline/error-text.ts";
import { Fault } from "../shared/pipeline/faults.ts";
import type { Ports } from "../shared/pipeline/ports.ts";
import { clickRoutes } from "./click-route.ts";
import { type HttpRoute, httpFunction } from "./http-function.ts";
import { onAws } from "./on-aws.ts";
import { centreRoutes } from "./preferences/centre-routes.ts";
import { languageOf } from "./preferences/language.ts";
import { laterPage } from "./preferences/page.ts";
import { requestRoutes } from "./preferences/request-routes.ts";
import { notOursPage, unsubscribeRoutes } from "./preferences/unsubscribe-routes.ts";

export const create = (ports: Ports) =>
  httpFunction(
    ports.log,
    [
      ...unsubscribeRoutes(ports),
      ...requestRoutes(ports),
      ...centreRoutes(ports),
      ...clickRoutes(ports, (request) => notOursPage(ports, request)),
    ].map((route) => readable(ports, route)),
  );
export const handler = onAws(create);

/** People read the answer of a fault, too; it says nothing of it. */
function readable({ log }: Ports, route: HttpRoute): HttpRoute {
  const handler: HttpRoute["handler"] = async (request) => {
    try {
      return await route.handler(request);
    } catch (error) {
      const mayPass = error instanceof Fault && error.retryable;
      log.error("page failed", { error: errorText(error) });
      return laterPage(mayPass ? 503 : 500, languageOf(request, { shopLocale: "en" }));
    }
  };
  return { ...route, handler };
}
