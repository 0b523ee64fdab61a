/** All shortcuts, on one page. */
import { useTranslation } from "react-i18next";
import { Dialog, Kbd } from "@/kit";
import { SHORTCUTS } from "../keys/shortcuts";
import { useEditor, useEditorState } from "../store/context";
import type { EditorState } from "../store/state";
import styles from "./Shortcuts.module.css";

const selectOpen = (state: EditorState) => state.surface === "shortcuts";

export function ShortcutSheet() {
  const { t } = useTranslation("editor");
  const editor = useEditor();
  const open = useEditorState(selectOpen);
  return (
    <Dialog open={open} onOpenChange={() => editor.show({ surface: null })} title={t("shortcuts.title")} width="lg">
      <div className={styles.groups}>
        {SHORTCUTS.map(({ group, items }) => (
          <section key={group} className={styles.group}>
            <h3 className={styles.title}>{t(`shortcuts.${group}`)}</h3>
            <dl className={styles.list}>
              {items.map(({ keys, label }) => (
                <div key={label} className={styles.item}>
                  <dt>{t(label)}</dt>
                  <dd>{keys.map((combination) => <Kbd key={combination} keys={combination} />)}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
