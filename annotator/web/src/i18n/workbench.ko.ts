import type { workbenchEn } from "./workbench.en";

/** Korean texts of the workbench; a missing key is a type error. */
export const workbenchKo: Record<keyof typeof workbenchEn, string> = {
  "wb.play": "재생",
};
