/** The root: theme and routes. What only the signed-in console needs is loaded with the console. */
import { RouterProvider } from "react-router";
import { ThemeProvider, TooltipProvider } from "@/kit";
import { router } from "./routes";

export function App() {
  return (
    <ThemeProvider>
      <TooltipProvider>
        <RouterProvider router={router} />
      </TooltipProvider>
    </ThemeProvider>
  );
}
