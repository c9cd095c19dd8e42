// Decides how the routes of the wiring are served: one HTTP API; whatever is under /api needs IAM credentials.
import { Fn, RemovalPolicy, type Stack, Validations } from "aws-cdk-lib";
import * as apigateway from "aws-cdk-lib/aws-apigatewayv2";
import * as lambda from "aws-cdk-lib/aws-lambda";
import * as logs from "aws-cdk-lib/aws-logs";
import { pascal } from "./names.ts";
import { pinLogicalId } from "./pin-logical-id.ts";
import type { FunctionWiring } from "./wiring.ts";

/** Requests per second before API Gateway answers 429, and how many may come at once. */
const THROTTLE = { throttlingRateLimit: 500, throttlingBurstLimit: 1_000 };

/** Neither paths, which hold link tokens, nor addresses of clients are logged. */
const ACCESS_LOG = JSON.stringify({
  requestId: "$context.requestId",
  time: "$context.requestTime",
  routeKey: "$context.routeKey",
  status: "$context.status",
  responseLength: "$context.responseLength",
  latencyMs: "$context.responseLatency",
  error: "$context.error.messageString",
});

/** Builds the API without routes and its stage; the functions need its address, the routes need the functions. */
export function buildApi(stack: Stack, name: string): { api: apigateway.CfnApi; endpoint: string } {
  const api = new apigateway.CfnApi(stack, "Api", { name, protocolType: "HTTP" });
  const log = new logs.LogGroup(stack, "RequestLog", {
    logGroupName: `/${name}/requests`,
    retention: logs.RetentionDays.ONE_MONTH,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  pinLogicalId(log);
  new apigateway.CfnStage(stack, "ApiStage", {
    apiId: api.ref,
    stageName: "$default",
    autoDeploy: true,
    accessLogSettings: { destinationArn: log.logGroupArn, format: ACCESS_LOG },
    defaultRouteSettings: THROTTLE,
  });
  return { api, endpoint: api.attrApiEndpoint };
}

/** Serves the routes of one function. */
export function buildRoutes(
  name: string,
  wired: FunctionWiring,
  to: { api: apigateway.CfnApi; built: lambda.Function },
): void {
  const keys = wired.triggers.flatMap((trigger) => ("route" in trigger ? [trigger.route] : []));
  if (keys.length === 0) return;
  const stack = to.built.stack;
  const integration = new apigateway.CfnIntegration(stack, `${pascal(name)}Integration`, {
    apiId: to.api.ref,
    integrationType: "AWS_PROXY",
    integrationUri: to.built.functionArn,
    payloadFormatVersion: "2.0",
  });
  new lambda.CfnPermission(stack, `${pascal(name)}FromApi`, {
    action: "lambda:InvokeFunction",
    functionName: to.built.functionName,
    principal: "apigateway.amazonaws.com",
    sourceArn: `arn:${stack.partition}:execute-api:${stack.region}:${stack.account}:${to.api.ref}/*`,
  });
  for (const routeKey of keys) {
    const needsIam = routeKey.split(" ")[1]?.startsWith("/api/") === true;
    const route = new apigateway.CfnRoute(stack, routeId(routeKey), {
      apiId: to.api.ref,
      routeKey,
      authorizationType: needsIam ? "AWS_IAM" : "NONE",
      target: Fn.join("/", ["integrations", integration.ref]),
    });
    if (!needsIam) acknowledgePublic(route);
  }
}

/**
 * "GET /api/profiles/{id}" → "RouteGETApiProfilesId": the same whatever stands before it and whichever function serves it, since
 * a route whose id changes would be made anew while the old one still has its key.
 */
function routeId(routeKey: string): string {
  const words = routeKey.split(/[^A-Za-z0-9]+/).filter((word) => word !== "");
  return `Route${words.map(pascal).join("")}`;
}

function acknowledgePublic(route: apigateway.CfnRoute): void {
  Validations.of(route).acknowledge({
    id: "AwsSolutions-APIG4",
    reason: "Public by nature: sources show a write key and people a signed link, and the function checks them.",
  });
}
