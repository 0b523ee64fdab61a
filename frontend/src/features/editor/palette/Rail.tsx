/** The bar on the left: plus for everything, and one button for each family of nodes. */
import { BookOpenText, Braces, MessageSquareText, Plus, Sparkles, Split, UserRound, Wrench, type LucideIcon } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Family } from "@/graph";
import { IconButton } from "@/kit";
import { familyColour } from "../canvas/KindIcon";
import { useEditor, useEditorState } from "../store/context";
import { selectKinds } from "../store/selectors";
import type { EditorState } from "../store/state";
import { FAMILIES } from "./NodePicker";
import styles from "./Rail.module.css";

const ICONS: Record<Family, LucideIcon> = {
  io: MessageSquareText,
  model: Sparkles,
  knowledge: BookOpenText,
  logic: Split,
  code: Braces,
  tool: Wrench,
  human: UserRound,
};
const selectPicking = (state: EditorState) => state.picking;

export function Rail() {
  const { t } = useTranslation("editor");
  const editor = useEditor();
  const kinds = useEditorState(selectKinds);
  const picking = useEditorState(selectPicking);
  const families = FAMILIES.filter((family) => [...kinds.values()].some((kind) => kind.family === family && !kind.hidden));
  const open = (family?: Family) => {
    const same = picking !== null && picking.screen === null && picking.family === family;
    editor.show({ picking: same ? null : { screen: null, at: null, ...(family ? { family } : {}) } });
  };
  return (
    <nav className={styles.rail} aria-label={t("palette.title")} data-keeps-picker="">
      <IconButton
        label={t("palette.add")}
        shortcut="/"
        tooltipSide="right"
        className={styles.plus}
        active={picking !== null && !picking.family}
        icon={<Plus />}
        onClick={() => open()}
      />
      {families.map((family) => {
        const Icon = ICONS[family];
        return (
          <IconButton
            key={family}
            label={t(`family.${family}`)}
            tooltipSide="right"
            className={styles.family}
            style={{ "--c": familyColour(family) } as React.CSSProperties}
            active={picking?.family === family}
            icon={<Icon />}
            onClick={() => open(family)}
          />
        );
      })}
    </nav>
  );
}
