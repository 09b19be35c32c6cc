import { compareKo } from "./compare.ko";
import { fgqaKo } from "./fgqa.ko";
import type { MessageKey } from "./keys";
import { intakeKo } from "./intake.ko";
import { leadsKo } from "./leads.ko";
import { pagesKo } from "./pages.ko";
import { playerKo } from "./player.ko";
import { releasesKo } from "./releases.ko";
import { screensKo } from "./screens.ko";
import { shellKo } from "./shell.ko";
import { webhooksKo } from "./webhooks.ko";
import { workbenchKo } from "./workbench.ko";

/** The Korean catalogue: the types make a missing key an error. */
export const ko: Record<MessageKey, string> = { ...shellKo, ...pagesKo, ...fgqaKo, ...workbenchKo, ...playerKo, ...leadsKo, ...intakeKo, ...screensKo, ...compareKo, ...webhooksKo, ...releasesKo };
