/** The runs of an app and its conversations: lists, and one of them opened. */
import type { ComponentType } from "react";
import { useTranslation } from "react-i18next";
import { useParams, useSearchParams } from "react-router";
import type { RunCanvasProps } from "@/api";
import { Segmented } from "@/kit";
import { ConversationList } from "./conversations/ConversationList";
import { ConversationView } from "./conversations/ConversationView";
import { RunList } from "./RunList";
import { RunView } from "./RunView";

export interface RunsPageProps {
  /** Draws a graph with the state of a run; comes from another feature. */
  Canvas: ComponentType<RunCanvasProps>;
}

type View = "runs" | "conversations";

export function RunsPage({ Canvas }: RunsPageProps) {
  // The canvas comes with texts of its own; waiting for them later would take the page away.
  const { t } = useTranslation(["runs", "editor", "nodes", "chat"]);
  const { appId = "" } = useParams();
  const [search, setSearch] = useSearchParams();
  const runId = search.get("run");
  const conversationId = search.get("conversation");
  const view: View = search.get("view") === "conversations" ? "conversations" : "runs";
  const open = (name: "run" | "conversation", id: string | null) =>
    setSearch((now) => {
      const next = new URLSearchParams(now);
      if (id) next.set(name, id);
      else next.delete(name);
      return next;
    });
  if (runId) return <RunView key={runId} appId={appId} runId={runId} Canvas={Canvas} onBack={() => open("run", null)} />;
  const views = <Segmented<View> label={t("view.label")} value={view} onChange={(next) => setSearch(next === "runs" ? {} : { view: next })} options={[{ value: "runs", label: t("view.runs") }, { value: "conversations", label: t("view.conversations") }]} />;
  if (view === "runs") return <RunList appId={appId} onOpen={(id) => open("run", id)} views={views} />;
  if (conversationId) return <ConversationView key={conversationId} id={conversationId} onBack={() => open("conversation", null)} onRun={(id) => open("run", id)} />;
  return <ConversationList appId={appId} onOpen={(id) => open("conversation", id)} views={views} />;
}
