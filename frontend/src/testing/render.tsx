/** Draws a page of the console with everything it stands on, over a fake server. */
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render } from "@testing-library/react";
import { type ReactNode } from "react";
import { createMemoryRouter, RouterProvider } from "react-router";
import { type Session, sessionQuery } from "@/api";
import { CommandProvider, SlotProvider, ThemeProvider, TooltipProvider, UndoProvider } from "@/kit";

export function renderPage(page: ReactNode, options: { path?: string; at?: string; session?: Session } = {}) {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  if (options.session) client.setQueryData(sessionQuery.queryKey, options.session);
  const router = createMemoryRouter(
    [{ path: options.path ?? "/", element: page }, { path: "*", element: <p>elsewhere</p> }],
    { initialEntries: [options.at ?? options.path ?? "/"] },
  );
  const view = render(
    <ThemeProvider>
      <TooltipProvider>
        <QueryClientProvider client={client}>
          <UndoProvider><CommandProvider><SlotProvider><RouterProvider router={router} /></SlotProvider></CommandProvider></UndoProvider>
        </QueryClientProvider>
      </TooltipProvider>
    </ThemeProvider>,
  );
  return { ...view, client, router };
}
