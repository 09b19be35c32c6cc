import type { MessageKey } from "./keys";
import { workbenchKo } from "./workbench.ko";

/** The Korean catalogue: the type makes a missing key an error. */
export const ko: Record<MessageKey, string> = {
  ...workbenchKo,
  "app.name": "Vidgrain",
};
