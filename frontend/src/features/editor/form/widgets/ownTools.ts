/** The tools that the server brings along, and their pictures. */
import { useQuery } from "@tanstack/react-query";
import { BookOpenText, CalendarDays, Clock, Code, Globe, Workflow, Wrench, type LucideIcon } from "lucide-react";
import { useTranslation } from "react-i18next";
import { toolsQuery, type BuiltInTool } from "@/api";

export const OWN_PROVIDER = "weft";
const ICONS: Readonly<Record<string, LucideIcon>> = { current_time: Clock, http_request: Globe, run_python: Code, search_knowledge: BookOpenText, run_workflow: Workflow, weekday: CalendarDays };

export function toolIcon(provider: unknown, tool: string): LucideIcon {
  return (provider === OWN_PROVIDER ? ICONS[tool] : undefined) ?? (provider === "time" ? Clock : Wrench);
}

export interface OfferedTool extends BuiltInTool {
  label: string;
  Icon: LucideIcon;
}

/** What may be chosen. Of two tools of one name, one of them Weft's own, only that one is offered. */
export function useOwnTools(): OfferedTool[] {
  const { t } = useTranslation("nodes");
  const tools = useQuery(toolsQuery).data?.items ?? [];
  const own = new Set(tools.flatMap(({ provider, tool }) => (provider === OWN_PROVIDER ? [tool] : [])));
  return tools
    .filter(({ provider, tool }) => provider === OWN_PROVIDER || !own.has(tool))
    .sort((a, b) => Number(b.provider === OWN_PROVIDER) - Number(a.provider === OWN_PROVIDER))
    .map((spec) => ({ ...spec, label: t(`tools.${spec.tool}`, { defaultValue: spec.tool }), Icon: toolIcon(spec.provider, spec.tool) }));
}

/** Names of what a tool may be given. */
export function parametersOf(tool: BuiltInTool | undefined): string[] {
  return Object.keys(tool?.parameters.properties ?? {});
}
