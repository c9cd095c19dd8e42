// Routes of the send ledger: how many mails were planned and what became of them, each of them, and when all will be out.
import { askedStates, statesAsked } from "../../shared/domain/ledger.ts";
import { roleRights } from "../../shared/domain/roles.ts";
import { sendReasons } from "../../shared/domain/send-words.ts";
import { campaignsEver } from "../../shared/pipeline/catalogue-store.ts";
import type { Ports } from "../../shared/pipeline/ports.ts";
import { accountView } from "../../shared/pipeline/views/account.ts";
import { ledgerView } from "../../shared/pipeline/views/ledger.ts";
import { sendsView } from "../../shared/pipeline/views/lists.ts";
import type { AdminRequest, AdminRoute } from "../admin-function.ts";
import { type HttpAnswer, type HttpRequest, json, problem, queryOf } from "../http-function.ts";
import { notKnown } from "../not-known.ts";
import { pageOf } from "../page-request.ts";

export function ledgerRoutes(ports: Ports): AdminRoute[] {
  return [
    {
      method: "GET",
      path: "/api/ledger",
      handler: async (request) => {
        const unknown = unknownName(request, ["campaign"]);
        if (unknown !== undefined) return unknown;
        const campaign = queryOf(request, "campaign");
        const view = await ledgerView(ports, campaign);
        return view === undefined ? noCampaign(ports, campaign as string) : json(200, view);
      },
    },
    { method: "GET", path: "/api/account", handler: async () => json(200, await accountView(ports)) },
    { method: "GET", path: "/api/sends", handler: (request) => listSends(ports, request) },
  ];
}

async function listSends(ports: Ports, request: AdminRequest): Promise<HttpAnswer> {
  const [campaign, state, reason] = ["campaign", "state", "reason"].map((name) => queryOf(request, name));
  const unknown = unknownName(request, ["campaign", "state", "reason", "limit", "next"]);
  if (unknown !== undefined) return unknown;
  const states = state === undefined ? undefined : statesAsked(state);
  if (state !== undefined && states === undefined)
    return problem(400, "no_such_state", notKnown(`There is no state "${state}".`, state.toUpperCase(), askedStates));
  if (reason !== undefined && !sendReasons.includes(reason))
    return problem(400, "no_such_reason", notKnown(`There is no reason "${reason}".`, reason, sendReasons));
  if (campaign !== undefined && !(await campaignsEver(ports)).includes(campaign)) return noCampaign(ports, campaign);
  const filter = {
    ...(campaign !== undefined && { campaign }),
    ...(states !== undefined && { states }),
    ...(reason !== undefined && { reason }),
  };
  const sends = await sendsView(ports, filter, pageOf(request));
  return json(200, seesPeople(request) ? sends : { ...sends, items: sends.items.map(withoutKey) });
}

const seesPeople = ({ principal: { role } }: AdminRequest) =>
  role === undefined || roleRights[role].includes("see-people");

/** The entry key may be whatever a source calls an order or a cart. */
const withoutKey = <T extends { key: string }>({ key: _, ...send }: T): Omit<T, "key"> => send;

async function noCampaign(ports: Ports, campaign: string): Promise<HttpAnswer> {
  const ever = await campaignsEver(ports);
  return problem(404, "no_such_campaign", notKnown(`There is no campaign "${campaign}".`, campaign, ever));
}

/** A name behind the question mark that means nothing here would be passed over, and another list be answered than asked for. */
function unknownName({ queryStringParameters = {} }: HttpRequest, known: readonly string[]): HttpAnswer | undefined {
  const name = Object.keys(queryStringParameters).find((one) => !known.includes(one));
  const sentence = `"${name}" is nothing that can be asked for here.`;
  return name === undefined ? undefined : problem(400, "unknown_parameter", notKnown(sentence, name, known));
}
