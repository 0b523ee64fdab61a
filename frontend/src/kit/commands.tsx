/** Commands that the ⌘K palette offers. A page adds its own while it is shown; the shell draws the palette. */
import { createContext, type ReactNode, useContext, useEffect, useMemo, useRef, useState } from "react";

export interface PaletteCommand {
  id: string;
  label: string;
  group: string;
  keywords?: string[];
  icon?: ReactNode;
  shortcut?: string;
  run: () => void;
}
interface Registry { commands: PaletteCommand[]; add: (owner: symbol, commands: PaletteCommand[]) => void; remove: (owner: symbol) => void }
const CommandContext = createContext<Registry | null>(null);

export function CommandProvider({ children }: { children: ReactNode }) {
  const [lists, setLists] = useState<ReadonlyMap<symbol, PaletteCommand[]>>(new Map());
  const actions = useMemo(() => ({
    add: (owner: symbol, commands: PaletteCommand[]) => setLists((now) => new Map(now).set(owner, commands)),
    remove: (owner: symbol) => setLists((now) => {
      const next = new Map(now);
      next.delete(owner);
      return next;
    }),
  }), []);
  const value = useMemo(() => ({ commands: [...lists.values()].flat(), ...actions }), [lists, actions]);
  return <CommandContext.Provider value={value}>{children}</CommandContext.Provider>;
}

/** Offers commands while the caller is mounted. Pass a memoised list. */
export function useCommands(commands: PaletteCommand[]): void {
  const registry = useContext(CommandContext);
  const owner = useRef(Symbol("commands"));
  const add = registry?.add;
  const remove = registry?.remove;
  useEffect(() => {
    const key = owner.current;
    add?.(key, commands);
    return () => remove?.(key);
  }, [add, remove, commands]);
}

export function usePaletteCommands(): PaletteCommand[] {
  return useContext(CommandContext)?.commands ?? [];
}
