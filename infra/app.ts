// Decides which stacks exist and that they pass the checks. Needs no network and no account.
// Context (`-c key=value`): name (prefix, default "relance"), publicUrl, alarmEmail, dist (folder of the bundles).
import { App, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks, ServerlessChecks } from "cdk-nag";
import { buildAppStack } from "./app-stack.ts";
import { bundleFunctions, DIST } from "./bundle.ts";
import { buildDataStack } from "./data-stack.ts";
import { wiring } from "./wiring.ts";

const app = new App({ analyticsReporting: false });
const given = (key: string): string | undefined => {
  const value: unknown = app.node.tryGetContext(key);
  return typeof value === "string" && value !== "" ? value : undefined;
};

const name = given("name") ?? "relance";
const dist = given("dist") ?? DIST;
await bundleFunctions(dist);

const data = buildDataStack(app, name);
buildAppStack(app, {
  name,
  wiring,
  dist,
  publicUrl: given("publicUrl"),
  alarmEmail: given("alarmEmail"),
}).addStackDependency(data);

// The acknowledged findings and their reasons are written into the templates.
const audited = { writeSuppressionsToCloudFormation: true };
Validations.of(app).addPlugins(new AwsSolutionsChecks(app, audited), new ServerlessChecks(app, audited));
// Outside the CDK CLI nothing is written without this call.
app.synth();
