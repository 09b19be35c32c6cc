import { compareEn } from "./compare.en";
import { fgqaEn } from "./fgqa.en";
import { intakeEn } from "./intake.en";
import { leadsEn } from "./leads.en";
import { pagesEn } from "./pages.en";
import { playerEn } from "./player.en";
import { releasesEn } from "./releases.en";
import { screensEn } from "./screens.en";
import { shellEn } from "./shell.en";
import { webhooksEn } from "./webhooks.en";
import { workbenchEn } from "./workbench.en";

/** Every English text of the app. `{name}` is filled from the variables of `t`. */
export const en = { ...shellEn, ...pagesEn, ...fgqaEn, ...workbenchEn, ...playerEn, ...leadsEn, ...intakeEn, ...screensEn, ...compareEn, ...webhooksEn, ...releasesEn } as const;
