// Decides that a resource is called in the template what it is called in the code, wherever in the tree it stands.
import { CfnResource } from "aws-cdk-lib";
import type { IConstruct } from "constructs";

/** Gives the resource of a construct the construct's own id as logical id, without CDK's hash. */
export function pinLogicalId(construct: IConstruct): void {
  const resource = construct.node.defaultChild;
  if (CfnResource.isCfnResource(resource)) resource.overrideLogicalId(construct.node.id);
}
