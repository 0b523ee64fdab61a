/** Every address of the application. Each page is a chunk of its own; the public chat page loads nothing of the console. */
import { createBrowserRouter, Navigate, type RouteObject } from "react-router";
import { Loading } from "./Loading";
import { Root } from "./Root";
import { RouteError } from "./RouteError";

const consoleRoutes: RouteObject[] = [
  { path: "apps", lazy: async () => ({ Component: (await import("@/features/apps")).AppsPage }) },
  {
    path: "apps/:appId",
    lazy: async () => ({ Component: (await import("./AppFrame")).AppFrame }),
    children: [
      { index: true, lazy: async () => ({ Component: (await import("@/features/editor")).EditorPage }) },
      { path: "runs", lazy: async () => ({ Component: (await import("./AppRuns")).AppRuns }) },
      { path: "versions", lazy: async () => ({ Component: (await import("@/features/apps")).VersionsPage }) },
      { path: "access", lazy: async () => ({ Component: (await import("@/features/publish")).AccessPage }) },
    ],
  },
  { path: "knowledge", lazy: async () => ({ Component: (await import("@/features/knowledge")).KnowledgePage }) },
  { path: "knowledge/:datasetId", lazy: async () => ({ Component: (await import("@/features/knowledge")).DatasetPage }) },
  { path: "knowledge/:datasetId/documents/:documentId", lazy: async () => ({ Component: (await import("@/features/knowledge")).DocumentPage }) },
  { path: "models", lazy: async () => ({ Component: (await import("@/features/models")).ModelsPage }) },
  { path: "settings", lazy: async () => ({ Component: (await import("./Settings")).Settings }) },
];

const routes: RouteObject[] = [
  {
    Component: Root,
    HydrateFallback: Loading,
    ErrorBoundary: RouteError,
    children: [
      { path: "/", element: <Navigate to="/apps" replace /> },
      { path: "/kit", lazy: async () => ({ Component: (await import("./gallery/KitPage")).KitPage }) },
      {
        lazy: async () => ({ Component: (await import("./ConsoleProviders")).ConsoleProviders }),
        children: [
          { path: "/signin", lazy: async () => ({ Component: (await import("@/features/auth")).SignInPage }) },
          { path: "/setup", lazy: async () => ({ Component: (await import("./setup/SetupPage")).SetupPage }) },
          {
            path: "/",
            lazy: async () => ({ Component: (await import("./Console")).Console }),
            children: consoleRoutes,
          },
        ],
      },
      // the last three are addresses that Dify's pages and hand-written frames use
      ...["/chat/:code", "/chatbot/:code", "/completion/:code", "/workflow/:code"].map((path) => ({
        path,
        lazy: async () => ({ Component: (await import("@/features/chat")).PublicChatPage }),
      })),
      { path: "/form/:token", lazy: async () => ({ Component: (await import("@/features/chat")).FormPage }) },
      { path: "*", lazy: async () => ({ Component: (await import("./NotFound")).NotFound }) },
    ],
  },
];

export const router = createBrowserRouter(routes);
