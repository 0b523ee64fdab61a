/** What the editor offers in the command palette: everything that can be done here, by name. */
import { createElement, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Download, History, Keyboard, Maximize, Play, Redo2, Rocket, Settings2, Undo2, Workflow } from "lucide-react";
import { mayAdd, tidyUp } from "@/graph";
import { useCommands, type PaletteCommand } from "@/kit";
import { KindIcon } from "../canvas/KindIcon";
import { useFit } from "../canvas/useFit";
import { metaOf } from "../nodes";
import { useAdd } from "../palette/useAdd";
import { useEditor, useEditorState } from "../store/context";
import { selectDoc, selectKinds } from "../store/selectors";

export function useEditorCommands(run: () => void, download: () => void): void {
  const { t, i18n } = useTranslation(["editor", "nodes"]);
  const editor = useEditor();
  const kinds = useEditorState(selectKinds);
  const doc = useEditorState(selectDoc);
  const addable = [...kinds.values()].filter((kind) => !kind.hidden && mayAdd(doc, kinds, kind.kind)).map((kind) => kind.kind).join(",");
  const add = useAdd();
  const fit = useFit();
  const commands = useMemo(() => {
    const group = t("palette.group");
    const english = i18n.getFixedT("en", "nodes");
    const make = (id: string, label: string, icon: PaletteCommand["icon"], action: () => void, shortcut?: string, keywords: string[] = []): PaletteCommand => ({
      id: `editor.${id}`,
      label,
      group,
      icon,
      keywords,
      run: action,
      ...(shortcut ? { shortcut } : {}),
    });
    const nodes = addable.split(",").filter(Boolean).map((kind) =>
      make(
        `add.${kind}`,
        t("palette.addKind", { name: t(`nodes:${kind}.name`, { defaultValue: kind }) }),
        createElement(KindIcon, { icon: metaOf(kind).icon, family: kinds.get(kind)?.family ?? "tool", size: 20 }),
        () => add(kind, { screen: null, at: null }),
        undefined,
        [kind, english(`${kind}.name`, { defaultValue: kind })],
      ),
    );
    return [
      make("run", t("topbar.run"), createElement(Play), run, "mod+enter"),
      make("publish", t("topbar.publish"), createElement(Rocket), () => editor.show({ surface: "publish" })),
      make("undo", t("dock.undo"), createElement(Undo2), editor.undo, "mod+Z"),
      make("redo", t("dock.redo"), createElement(Redo2), editor.redo, "shift+mod+Z"),
      make("tidy", t("command.tidy"), createElement(Workflow), () => { editor.dispatch(tidyUp, undefined); setTimeout(() => void fit(), 60); }, "shift+T"),
      make("fit", t("dock.fit"), createElement(Maximize), () => void fit(), "shift+1"),
      make("history", t("dock.history"), createElement(History), () => editor.show({ surface: "history" })),
      make("app", t("app.title"), createElement(Settings2), () => editor.show({ surface: "app" }), undefined, [t("app.variables"), t("app.limits")]),
      make("export", t("command.export"), createElement(Download), download),
      make("shortcuts", t("shortcuts.title"), createElement(Keyboard), () => editor.show({ surface: "shortcuts" }), "?"),
      ...nodes,
    ];
  }, [t, i18n, editor, kinds, addable, add, fit, run, download]);
  useCommands(commands);
}
