import { act } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { usePaletteCommands, type PaletteCommand } from "@/kit";
import { makeEditor, show } from "../testing/harness";
import { useEditorCommands } from "./usePaletteCommands";

let offered: PaletteCommand[] = [];
const run = vi.fn();
const download = vi.fn();

function Offer() {
  useEditorCommands(run, download);
  return null;
}
function Spy() {
  offered = usePaletteCommands();
  return null;
}

const find = (id: string) => offered.find((command) => command.id === `editor.${id}`)!;

describe("the editor's commands", () => {
  it("carry a name, and do what they say", () => {
    const editor = show(<><Offer /><Spy /></>, makeEditor());
    expect(offered.map((command) => command.label)).toContain("Add: Code");

    act(() => find("add.code").run());
    expect(editor.store.get().history.doc.nodes.map((node) => node.id)).toContain("code");
    act(() => find("undo").run());
    expect(editor.store.get().history.doc.nodes.map((node) => node.id)).not.toContain("code");
    act(() => find("publish").run());
    expect(editor.store.get().surface).toBe("publish");
    act(() => find("run").run());
    expect(run).toHaveBeenCalled();
    expect(find("add.start")).toBeUndefined();
  });
});
