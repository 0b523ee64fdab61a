/** Lets the bubble be moved out of the way. A press that moves less than 8 px stays a press. */
import { type WidgetConfig } from "./config";

const THRESHOLD_PX = 8;

/** Returns whether the press that just ended was a drag. */
export function makeDraggable(host: HTMLElement, axis: WidgetConfig["dragAxis"]): () => boolean {
  let dragged = false;
  host.toggleAttribute("data-draggable", true);
  host.addEventListener("pointerdown", (down) => {
    if (down.button !== 0) return;
    dragged = false;
    const box = host.getBoundingClientRect();
    const move = (event: PointerEvent) => {
      const dx = axis === "y" ? 0 : event.clientX - down.clientX;
      const dy = axis === "x" ? 0 : event.clientY - down.clientY;
      if (!dragged && Math.hypot(dx, dy) < THRESHOLD_PX) return;
      dragged = true;
      host.toggleAttribute("data-moving", true);
      place(host, box.left + dx, box.top + dy, box);
    };
    const end = () => {
      host.toggleAttribute("data-moving", false);
      window.removeEventListener("pointermove", move);
      window.removeEventListener("pointerup", end);
      window.removeEventListener("pointercancel", end);
    };
    window.addEventListener("pointermove", move);
    window.addEventListener("pointerup", end);
    window.addEventListener("pointercancel", end);
  });
  return () => dragged;
}

function place(host: HTMLElement, left: number, top: number, { width, height }: DOMRect): void {
  const clamp = (value: number, max: number) => Math.min(Math.max(0, value), Math.max(0, max));
  const { style } = host;
  style.left = `${clamp(left, innerWidth - width)}px`;
  style.top = `${clamp(top, innerHeight - height)}px`;
  style.right = style.bottom = "auto";
}
