// Decides which value a name of an event's property means.
import type { Json, JsonObject } from "./json.ts";

/** The value at a dotted path ("shipping.country"); `undefined` when a part is missing. */
export function propertyAt(properties: JsonObject | undefined, path: string): Json | undefined {
  return propertyReader(path)(properties);
}

/** The same for a name that is asked often: taken apart once. */
export function propertyReader(path: string): (properties: JsonObject | undefined) => Json | undefined {
  const names = path.split(".");
  return (properties) => {
    let value: Json | undefined = properties;
    for (const name of names) {
      if (typeof value !== "object" || value === null || Array.isArray(value) || !Object.hasOwn(value, name))
        return undefined;
      value = value[name];
    }
    return value;
  };
}
