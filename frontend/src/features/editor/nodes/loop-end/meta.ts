import { LogOut } from "lucide-react";
import { text, type NodeMeta } from "../meta";

export const loopEnd: NodeMeta = {
  kind: "loop-end",
  icon: LogOut,
  facts: ({ t }) => [text(t("loop-end.does"))],
};
