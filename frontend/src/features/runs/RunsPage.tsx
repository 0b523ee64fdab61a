/** The runs of an app: a list, and one of them opened on the canvas. */
import type { ComponentType } from "react";
import { useTranslation } from "react-i18next";
import { useParams, useSearchParams } from "react-router";
import type { RunCanvasProps } from "@/api";
import { RunList } from "./RunList";
import { RunView } from "./RunView";

export interface RunsPageProps {
  /** Draws a graph with the state of a run; comes from another feature. */
  Canvas: ComponentType<RunCanvasProps>;
}

export function RunsPage({ Canvas }: RunsPageProps) {
  // The canvas comes with texts of its own; waiting for them later would take the page away.
  useTranslation(["runs", "editor", "nodes", "chat"]);
  const { appId = "" } = useParams();
  const [search, setSearch] = useSearchParams();
  const runId = search.get("run");
  const open = (id: string | null) =>
    setSearch((now) => {
      const next = new URLSearchParams(now);
      if (id) next.set("run", id);
      else next.delete("run");
      return next;
    });
  if (runId) return <RunView key={runId} appId={appId} runId={runId} Canvas={Canvas} onBack={() => open(null)} />;
  return <RunList appId={appId} onOpen={open} />;
}
