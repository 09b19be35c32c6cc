/** The ladder of ways to show a film, best first, and the rung on which this tab begins. */

/**
 * `webcodecs`: exact, always. `video`: exact while it stands, a preview while it plays. `jpeg`: exact, picture by picture
 * from the server, slow to play. `none`: nothing can be shown, so nothing is annotated.
 */
export const TIERS = ["webcodecs", "video", "jpeg", "none"] as const;
export type Tier = (typeof TIERS)[number];

/** Why a film is not on the first rung. */
export type Reason = "insecure" | "no-webcodecs" | "no-decoder" | "no-video" | "chosen";

const REMEMBERED = "vidgrain.tier";

/** `?tier=video` begins the ladder there, for this tab's next films, too: for tests, and where a decoder draws rubbish. */
export function firstTier(search: string = location.search): Tier {
  const asked = known(new URLSearchParams(search).get("tier"));
  if (asked) sessionStorage.setItem(REMEMBERED, asked);
  return asked ?? known(sessionStorage.getItem(REMEMBERED)) ?? "webcodecs";
}

function known(name: string | null): Tier | undefined {
  return TIERS.find((tier) => tier === name);
}
