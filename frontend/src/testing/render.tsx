/** Draws a page of the console with everything it stands on, over a fake server. */
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render } from "@testing-library/react";
import { type ReactNode } from "react";
import { createMemoryRouter, RouterProvider } from "react-router";
import { CommandProvider, SlotProvider, ThemeProvider, TooltipProvider, UndoProvider } from "@/kit";

export function renderPage(page: ReactNode, options: { path?: string; at?: string } = {}) {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
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
