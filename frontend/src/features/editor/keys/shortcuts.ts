/** What keys do, for the sheet that lists them. */
export interface ShortcutGroup {
  group: string;
  items: { keys: string[]; label: string }[];
}

export const SHORTCUTS: readonly ShortcutGroup[] = [
  {
    group: "build",
    items: [
      { keys: ["/"], label: "command.addNode" },
      { keys: ["mod+C"], label: "command.copy" },
      { keys: ["mod+X"], label: "command.cut" },
      { keys: ["mod+V"], label: "command.paste" },
      { keys: ["mod+D"], label: "command.duplicate" },
      { keys: ["backspace"], label: "command.delete" },
      { keys: ["mod+Z"], label: "dock.undo" },
      { keys: ["shift+mod+Z"], label: "dock.redo" },
      { keys: ["shift+T"], label: "command.tidy" },
    ],
  },
  {
    group: "move",
    items: [
      { keys: ["←", "→", "↑", "↓"], label: "shortcuts.walk" },
      { keys: ["enter"], label: "shortcuts.open" },
      { keys: ["esc"], label: "shortcuts.close" },
      { keys: ["mod+A"], label: "shortcuts.selectAll" },
      { keys: ["shift+1"], label: "dock.fit" },
      { keys: ["mod+K"], label: "shortcuts.palette" },
    ],
  },
  {
    group: "run",
    items: [
      { keys: ["mod+enter"], label: "topbar.run" },
      { keys: ["mod+S"], label: "save.now" },
      { keys: ["?"], label: "shortcuts.title" },
    ],
  },
];
