// Decides the names under which the stacks find each other: SSM parameters, so that no stack locks another's outputs.

/** Parameters the data stack writes and the app stack reads at deploy time. */
export type SharedParameter = "table-name" | "erasures-table-name" | "configuration-set-name" | "feedback-topic-arn";

/** Full name of a shared parameter. */
export function parameterName(name: string, parameter: SharedParameter): string {
  return `/${name}/${parameter}`;
}

/** Prefix of the SecureString parameters `identity`, `link` and `writeKeys`, which the operator creates. */
export function secretsPrefix(name: string): string {
  return `/${name}/secrets`;
}

/** "deadLetters" → "DeadLetters": logical ids are in Pascal case. */
export function pascal(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
