/** What every page of the console stands on: server data, undo, palette commands, slots of the top bar. */
import { QueryClientProvider } from "@tanstack/react-query";
import { Outlet } from "react-router";
import { CommandProvider, SlotProvider, UndoProvider } from "@/kit";
import { queryClient } from "./queryClient";

export function ConsoleProviders() {
  return (
    <QueryClientProvider client={queryClient}>
      <UndoProvider>
        <CommandProvider>
          <SlotProvider>
            <Outlet />
          </SlotProvider>
        </CommandProvider>
      </UndoProvider>
    </QueryClientProvider>
  );
}
