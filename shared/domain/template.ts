// Decides what a published template is: per locale a subject, an HTML part and a text part, all Liquid.
import * as z from "zod";
import { idSchema } from "./definition.ts";

export const templateSchema = z.strictObject({
  template: idSchema,
  /** Per locale. `html` is compiled MJML. */
  locales: z.record(z.string(), z.strictObject({ subject: z.string(), html: z.string(), text: z.string() })),
});
export type Template = z.infer<typeof templateSchema>;
