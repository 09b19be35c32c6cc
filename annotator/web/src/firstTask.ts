/**
 * A visit that begins with a task (a link, a page loaded again): what its screen needs is asked for at once, side by
 * side, while the app itself is still being set up. Otherwise each thing would wait for the one before: the person, the
 * task, the screen's program, the film's worker, the film. Nothing here fails: what could not be had is asked for again.
 */

import { taskQuery, videoQuery } from "./api/queries";
import { queryClient } from "./api/queryClient";
import { loadScreen } from "./pages/screens";
import { askForFilm } from "./player/openingFilm";

export function askAhead(path: string): void {
  const id = /^\/work\/([^/]+)\/?$/.exec(path)?.[1];
  if (id === undefined) return;
  void ask(id).catch(() => undefined);
}

async function ask(id: string): Promise<void> {
  const page = import("./pages/Work");
  const task = await queryClient.fetchQuery({ ...taskQuery(id), retry: false });
  askForFilm(task.video_id);
  await Promise.allSettled([page, loadScreen[task.kind](), queryClient.prefetchQuery(videoQuery(task.video_id))]);
}
