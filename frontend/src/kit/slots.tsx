/** Places in the top bar that a page fills, though the bar belongs to the shell. */
import { createContext, type ReactNode, useContext, useMemo, useState } from "react";
import { createPortal } from "react-dom";

export type TopBarSlotName = "status" | "actions";
type Places = Partial<Record<TopBarSlotName, HTMLElement>>;
interface Slots { places: Places; place: (name: TopBarSlotName, element: HTMLElement | null) => void }
const SlotContext = createContext<Slots | null>(null);

export function SlotProvider({ children }: { children: ReactNode }) {
  const [places, setPlaces] = useState<Places>({});
  const slots = useMemo<Slots>(() => ({
    places,
    place: (name, element) => setPlaces((now) => (now[name] === (element ?? undefined) ? now : { ...now, [name]: element ?? undefined })),
  }), [places]);
  return <SlotContext.Provider value={slots}>{children}</SlotContext.Provider>;
}

/** Where the content appears. Used by the shell. */
export function TopBarSlot({ name, className }: { name: TopBarSlotName; className?: string | undefined }) {
  const place = useContext(SlotContext)?.place;
  const ref = useMemo(() => (element: HTMLElement | null) => place?.(name, element), [place === undefined, name]); // eslint-disable-line react-hooks/exhaustive-deps -- `place` is a new function whenever a place changes, and means the same
  return <div ref={ref} className={className} />;
}

/** What appears there. Used by a page; outside a shell it draws nothing. */
export function TopBarFill({ slot, children }: { slot: TopBarSlotName; children: ReactNode }) {
  const element = useContext(SlotContext)?.places[slot];
  return element ? createPortal(children, element) : null;
}
