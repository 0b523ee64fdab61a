import { StickyNote } from "lucide-react";
import type { NodeMeta } from "../meta";

export const note: NodeMeta = {
  kind: "note",
  icon: StickyNote,
};
