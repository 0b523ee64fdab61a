/** Whether the command palette is open; anything in the shell may open it. */
type Listener = () => void;
let open = false;
const listeners = new Set<Listener>();

export const paletteState = {
  get: () => open,
  set: (next: boolean) => {
    open = next;
    for (const listener of listeners) listener();
  },
  subscribe: (listener: Listener) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  },
};
export const openPalette = (): void => paletteState.set(true);
