// Every address of the app. Pages are loaded when they are first needed; the work screens are their own chunks.
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet, redirect } from "@tanstack/react-router";
import { ApiError } from "./api/error";
import { meQuery } from "./api/queries";
import { queryClient } from "./api/queryClient";
import { setLocale } from "./i18n";
import { NotFound } from "./pages/NotFound";
import { Crashed } from "./ui/Crashed";
import { keepPlaces } from "./ui/scrolling";
import { Shell } from "./ui/Shell";

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFound, errorComponent: Crashed });

const login = createRoute({
  getParentRoute: () => root,
  path: "/login",
  validateSearch: (search: Record<string, unknown>): { next?: string } =>
    typeof search["next"] === "string" ? { next: search["next"] } : {},
  component: lazyRouteComponent(() => import("./pages/LogIn"), "LogIn"),
});

const invitation = createRoute({
  getParentRoute: () => root,
  path: "/invitation/$token",
  component: lazyRouteComponent(() => import("./pages/Invitation"), "Invitation"),
});

/** Everything behind the log-in: without one, back to the log-in page and here again afterwards. */
const inside = createRoute({
  getParentRoute: () => root,
  id: "inside",
  component: Outlet,
  beforeLoad: async ({ location }) => {
    try {
      const me = await queryClient.ensureQueryData(meQuery);
      setLocale(me.locale);
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) {
        throw redirect({ to: "/login", search: location.href === "/" ? {} : { next: location.href } });
      }
      throw error;
    }
  },
});

const work = createRoute({
  getParentRoute: () => inside,
  path: "/work/$taskId",
  component: lazyRouteComponent(() => import("./pages/Work"), "Work"),
});

const compare = createRoute({
  getParentRoute: () => inside,
  path: "/compare/$taskId",
  validateSearch: (search: Record<string, unknown>): { left?: string; right?: string } => ({
    ...(typeof search["left"] === "string" ? { left: search["left"] } : {}),
    ...(typeof search["right"] === "string" ? { right: search["right"] } : {}),
  }),
  component: lazyRouteComponent(() => import("./review/Compare"), "Compare"),
});

const shell = createRoute({ getParentRoute: () => inside, id: "shell", component: Shell });

const home = createRoute({
  getParentRoute: () => shell,
  path: "/",
  component: lazyRouteComponent(() => import("./pages/MyWork"), "MyWork"),
});
const account = createRoute({
  getParentRoute: () => shell,
  path: "/account",
  component: lazyRouteComponent(() => import("./pages/account/Account"), "Account"),
});
const projects = createRoute({
  getParentRoute: () => shell,
  path: "/projects",
  component: lazyRouteComponent(() => import("./pages/project/Projects"), "Projects"),
});
const project = createRoute({
  getParentRoute: () => shell,
  path: "/projects/$projectId",
  component: lazyRouteComponent(() => import("./pages/project/ProjectFrame"), "ProjectFrame"),
});
const overview = createRoute({
  getParentRoute: () => project,
  path: "/",
  component: lazyRouteComponent(() => import("./pages/project/Overview"), "Overview"),
});
const videos = createRoute({
  getParentRoute: () => project,
  path: "/videos",
  component: lazyRouteComponent(() => import("./pages/project/Videos"), "Videos"),
});
const segments = createRoute({
  getParentRoute: () => project,
  path: "/segments",
  component: lazyRouteComponent(() => import("./pages/project/Segments"), "Segments"),
});
const tasks = createRoute({
  getParentRoute: () => project,
  path: "/tasks",
  component: lazyRouteComponent(() => import("./pages/project/Tasks"), "Tasks"),
});
const reviews = createRoute({
  getParentRoute: () => project,
  path: "/reviews",
  component: lazyRouteComponent(() => import("./pages/project/Reviews"), "Reviews"),
});
const quality = createRoute({
  getParentRoute: () => project,
  path: "/quality",
  component: lazyRouteComponent(() => import("./pages/project/Quality"), "Quality"),
});
const look = createRoute({
  getParentRoute: () => shell,
  path: "/look",
  component: lazyRouteComponent(() => import("./pages/Look"), "Look"),
});
const people = createRoute({
  getParentRoute: () => project,
  path: "/people",
  component: lazyRouteComponent(() => import("./pages/project/People"), "People"),
});
const releases = createRoute({
  getParentRoute: () => project,
  path: "/releases",
  component: lazyRouteComponent(() => import("./pages/project/Releases"), "Releases"),
});
const release = createRoute({
  getParentRoute: () => project,
  path: "/releases/$releaseId",
  component: lazyRouteComponent(() => import("./pages/project/Release"), "Release"),
});
const webhooks = createRoute({
  getParentRoute: () => project,
  path: "/webhooks",
  component: lazyRouteComponent(() => import("./pages/webhooks/Webhooks"), "ProjectWebhooks"),
});
const siteWebhooks = createRoute({
  getParentRoute: () => shell,
  path: "/webhooks",
  component: lazyRouteComponent(() => import("./pages/webhooks/Webhooks"), "SiteWebhooks"),
});
const runs = createRoute({
  getParentRoute: () => shell,
  path: "/runs",
  component: lazyRouteComponent(() => import("./pages/runs/Runs"), "Runs"),
});
const run = createRoute({
  getParentRoute: () => shell,
  path: "/runs/$runId",
  component: lazyRouteComponent(() => import("./pages/runs/Run"), "Run"),
});
const users = createRoute({
  getParentRoute: () => shell,
  path: "/users",
  component: lazyRouteComponent(() => import("./pages/admin/Users"), "Users"),
});
const jobs = createRoute({
  getParentRoute: () => shell,
  path: "/jobs",
  component: lazyRouteComponent(() => import("./pages/admin/Jobs"), "Jobs"),
});

const tree = root.addChildren([
  login,
  invitation,
  inside.addChildren([
    work,
    compare,
    shell.addChildren([
      home,
      account,
      projects,
      project.addChildren([overview, videos, segments, tasks, reviews, quality, people, releases, release, webhooks]),
      runs,
      run,
      users,
      jobs,
      siteWebhooks,
      look,
    ]),
  ]),
]);

export const router = createRouter({ routeTree: tree, defaultPreload: "intent" });
keepPlaces(router);

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
