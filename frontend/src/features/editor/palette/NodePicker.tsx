/** The list of what can be added: searched by typing, chosen by Enter, click or drag. */
import { Command } from "cmdk";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { containerAt, mayAdd, nodeById, parentFor, type Family, type NodeKind } from "@/graph";
import { rankOf, type Findable } from "@/kit";
import { KIND_MIME } from "../canvas/useDrop";
import { KindIcon } from "../canvas/KindIcon";
import { metaOf } from "../nodes";
import { useEditor, useEditorState } from "../store/context";
import { selectDoc, selectKinds } from "../store/selectors";
import type { EditorState, Picking } from "../store/state";
import styles from "./NodePicker.module.css";
import { useAdd } from "./useAdd";

export const FAMILIES: readonly Family[] = ["io", "model", "knowledge", "logic", "code", "tool", "human"];
const selectPicking = (state: EditorState) => state.picking;
const WIDTH = 300;
const HEIGHT = 440;

export function NodePicker() {
  const picking = useEditorState(selectPicking);
  return picking ? <OpenPicker key={picking.family ?? ""} picking={picking} /> : null;
}

function OpenPicker({ picking }: { picking: Picking }) {
  const { t } = useTranslation(["editor", "nodes"]);
  const editor = useEditor();
  const ref = useRef<HTMLDivElement>(null);
  const groups = useOffer(picking);
  const [search, setSearch] = useState("");
  // What is sought stands in one list, the best hit first, whatever family it is of.
  const shown: [Family | "found", NodeKind[]][] = search.trim() === "" ? groups : [["found", groups.flatMap(([, kinds]) => kinds)]];
  const add = useAdd();
  const wordsOf = useWords();
  useDismiss(ref, () => editor.show({ picking: null }));
  return (
    <div ref={ref} className={styles.picker} style={placeOnScreen(picking)} role="dialog" aria-label={t("palette.title")}>
      <Command loop label={t("palette.title")} filter={rankOf(groups.flatMap(([, kinds]) => kinds.map(wordsOf)))}>
        <Command.Input autoFocus value={search} onValueChange={setSearch} className={styles.search} placeholder={t("palette.search")} />
        <Command.List className={styles.list}>
          <Command.Empty className={styles.empty}>{t("palette.nothing")}</Command.Empty>
          {shown.map(([family, kinds]) => (
            <Command.Group key={family} heading={family === "found" ? undefined : t(`family.${family}`)} className={styles.group}>
              {kinds.map((kind) => <Item key={kind.kind} kind={kind} words={wordsOf(kind)} onPick={() => add(kind.kind, picking)} />)}
            </Command.Group>
          ))}
        </Command.List>
      </Command>
    </div>
  );
}

/** What finds a kind: its name here and in English, its id, other words for it in both, and what it does. */
function useWords(): (kind: NodeKind) => Findable {
  const { t, i18n } = useTranslation("nodes");
  const english = i18n.getFixedT("en", "nodes");
  return ({ kind }) => ({
    value: kind,
    names: [t(`${kind}.name`, { defaultValue: kind }), english(`${kind}.name`, { defaultValue: kind })],
    keywords: [kind, english(`words.${kind}`, { defaultValue: "" }), t(`words.${kind}`, { defaultValue: "" })],
    description: t(`${kind}.description`, { defaultValue: "" }),
  });
}

function Item({ kind, words, onPick }: { kind: NodeKind; words: Findable; onPick: () => void }) {
  return (
    <Command.Item
      value={kind.kind}
      className={styles.item}
      onSelect={onPick}
      draggable
      onDragStart={(event) => {
        event.dataTransfer.setData(KIND_MIME, kind.kind);
        event.dataTransfer.effectAllowed = "copy";
      }}
    >
      <KindIcon icon={metaOf(kind.kind).icon} family={kind.family} size={28} />
      <span className={styles.words}>
        <span className={styles.name}>{words.names[0]}</span>
        <span className={styles.description}>{words.description}</span>
      </span>
    </Command.Item>
  );
}

/** What may be added where the picker was asked to, by family; the family asked for comes first. */
function useOffer(picking: Picking): [Family, NodeKind[]][] {
  const editor = useEditor();
  const kinds = useEditorState(selectKinds);
  const doc = useEditorState(selectDoc);
  const { family: first, at } = picking;
  const selected = editor.store.get().nodes;
  const beside = !at && selected.length === 1 ? (nodeById(doc, selected[0] ?? "")?.parent ?? null) : null;
  const around = picking.parent ?? (at ? containerAt(doc, kinds, editor.sizeOf, at) : beside);
  const fits = ({ kind }: NodeKind) => mayAdd(doc, kinds, kind, parentFor(doc, kinds, { ...picking, kind, parent: around }));
  const usable = [...kinds.values()].filter((kind) => !kind.hidden && fits(kind));
  const order = [...FAMILIES].sort((a, b) => Number(b === first) - Number(a === first));
  return order.flatMap((family): [Family, NodeKind[]][] => {
    const members = usable.filter((kind) => kind.family === family);
    return members.length > 0 ? [[family, members]] : [];
  });
}

function placeOnScreen({ screen }: Picking): React.CSSProperties {
  if (!screen) return { position: "absolute", left: 80, top: 16 };
  const left = Math.max(12, Math.min(screen.x + 8, window.innerWidth - WIDTH - 12));
  const top = Math.max(64, Math.min(screen.y - 20, window.innerHeight - HEIGHT - 12));
  return { position: "fixed", left, top };
}

function useDismiss(ref: React.RefObject<HTMLElement | null>, close: () => void): void {
  const latest = useRef(close);
  useEffect(() => {
    latest.current = close;
  });
  useEffect(() => {
    const outside = (event: PointerEvent) => {
      const target = event.target as Element | null;
      if (!ref.current?.contains(target) && !target?.closest("[data-keeps-picker]")) latest.current();
    };
    const escape = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      latest.current();
    };
    window.addEventListener("pointerdown", outside, true);
    window.addEventListener("keydown", escape, true);
    return () => {
      window.removeEventListener("pointerdown", outside, true);
      window.removeEventListener("keydown", escape, true);
    };
  }, [ref]);
}
