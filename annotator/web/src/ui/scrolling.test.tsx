import { createMemoryHistory, createRootRoute, createRoute, createRouter, Outlet, RouterProvider } from "@tanstack/react-router";
import { render, screen } from "@testing-library/react";
import { expect, test, vi } from "vitest";

import { keepPlaces } from "./scrolling";

function site() {
  const root = createRootRoute({ component: Outlet });
  const at = (path: string) => createRoute({ getParentRoute: () => root, path, component: () => <h1>{path}</h1> });
  const history = createMemoryHistory({ initialEntries: ["/list"] });
  return createRouter({ routeTree: root.addChildren([at("/list"), at("/one")]), history });
}

test("who comes back to a page is where it was left, and a page that is opened begins at its top", async () => {
  const scrolled = vi.spyOn(window, "scrollTo").mockImplementation(((...to: [{ top: number }] | [number, number]) => {
    const top = typeof to[0] === "number" ? to[1] : to[0].top;
    Object.defineProperty(window, "scrollY", { value: top, configurable: true });
  }) as typeof window.scrollTo);
  const router = site();
  keepPlaces(router);
  render(<RouterProvider router={router} />);
  await screen.findByText("/list");
  window.scrollTo(0, 640);

  router.history.push("/one");
  await screen.findByText("/one");
  await vi.waitFor(() => { expect(window.scrollY).toBe(0); });
  window.scrollTo(0, 90);

  router.history.back();
  await screen.findByText("/list");
  await vi.waitFor(() => { expect(window.scrollY).toBe(640); });

  // A page that is loaded again knows, too.
  dispatchEvent(new Event("pagehide"));
  expect(JSON.parse(sessionStorage.getItem("vidgrain-scroll") ?? "[]")).toContainEqual([expect.any(String), 640]);
  scrolled.mockRestore();
});
