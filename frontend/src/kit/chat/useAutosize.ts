/** Lets a text field grow with what is written in it; its style sets the limit. */
import { useLayoutEffect, type RefObject } from "react";

export function useAutosize(field: RefObject<HTMLTextAreaElement | null>, text: string): void {
  useLayoutEffect(() => {
    const element = field.current;
    if (!element) return;
    element.style.height = "auto";
    element.style.height = `${element.scrollHeight}px`;
  }, [field, text]);
}
