/**
 * A page that one comes back to is where one left it. The router's own way of this keeps every element that was ever
 * scrolled until the next page is opened: on a work screen, where people stay for an hour, timelines and dialogs that are
 * long gone. Here only the window's place is kept, which is all that the ordinary pages have.
 */

import type { AnyRouter, ParsedLocation } from "@tanstack/react-router";

const KEPT = "vidgrain-scroll";
/** Pages of the tab's history whose place is kept. */
const MOST = 50;

export function keepPlaces(router: AnyRouter, storage: Storage = sessionStorage): void {
  const places = read(storage);
  const leave = (location: ParsedLocation | undefined): void => {
    if (!location) return;
    const key = keyOf(location);
    places.delete(key);
    places.set(key, window.scrollY);
    for (const [oldest] of places) {
      if (places.size <= MOST) break;
      places.delete(oldest);
    }
  };
  // The browser would scroll before the page is there.
  history.scrollRestoration = "manual";
  router.subscribe("onBeforeLoad", ({ fromLocation }) => {
    leave(fromLocation);
  });
  // The router has just scrolled up.
  router.subscribe("onRendered", ({ toLocation }) => {
    const place = places.get(keyOf(toLocation));
    if (place !== undefined) window.scrollTo(0, place);
  });
  addEventListener("pagehide", () => {
    leave(router.state.resolvedLocation);
    try {
      storage.setItem(KEPT, JSON.stringify([...places]));
    } catch {
      // Full or forbidden: the next page begins at its top.
    }
  });
}

function keyOf({ state, href }: ParsedLocation): string {
  return state.__TSR_key ?? href;
}

function read(storage: Storage): Map<string, number> {
  try {
    const known: unknown = JSON.parse(storage.getItem(KEPT) ?? "[]");
    if (!Array.isArray(known)) return new Map();
    return new Map(known.filter((each): each is [string, number] => Array.isArray(each) && typeof each[0] === "string" && typeof each[1] === "number"));
  } catch {
    return new Map();
  }
}
