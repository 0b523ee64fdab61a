/** The tools that come with Weft, and their pictures. */
import { BookOpenText, Clock, Code, Globe, Workflow, type LucideIcon } from "lucide-react";

export const OWN_PROVIDER = "weft";
export const OWN_TOOLS: Readonly<Record<string, LucideIcon>> = { current_time: Clock, http_request: Globe, run_python: Code, search_knowledge: BookOpenText, run_workflow: Workflow };
