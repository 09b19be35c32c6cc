import { workbenchEn } from "./workbench.en";

/** Every English text of the app. `{name}` is filled from the variables of `t`. */
export const en = {
  ...workbenchEn,
  "app.name": "Vidgrain",
} as const;
