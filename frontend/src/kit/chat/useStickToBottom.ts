/** Keeps a scrolling box at its end while words arrive, unless its reader has scrolled up to read. */
import { useCallback, useEffect, useLayoutEffect, useRef, useState, type RefObject } from "react";

const NEAR_PX = 48;

export interface Stick {
  /** True when the end is in view, so new words are followed. */
  atEnd: boolean;
  toEnd: () => void;
}

export function useStickToBottom(box: RefObject<HTMLElement | null>, content: unknown): Stick {
  const [atEnd, setAtEnd] = useState(true);
  const follow = useRef(true);

  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const onScroll = () => {
      follow.current = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_PX;
      setAtEnd(follow.current);
    };
    element.addEventListener("scroll", onScroll, { passive: true });
    return () => element.removeEventListener("scroll", onScroll);
  }, [box]);

  useLayoutEffect(() => {
    const element = box.current;
    if (element && follow.current) element.scrollTop = element.scrollHeight;
  }, [box, content]);

  const toEnd = useCallback(() => {
    follow.current = true;
    setAtEnd(true);
    const element = box.current;
    if (element) element.scrollTop = element.scrollHeight;
  }, [box]);

  return { atEnd, toEnd };
}
