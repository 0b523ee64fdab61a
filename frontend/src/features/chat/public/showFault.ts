/** Puts the cursor into the first field that is not right, once it is drawn as such. */
export function showFault(form: HTMLElement | null): void {
  requestAnimationFrame(() => form?.querySelector<HTMLElement>("[aria-invalid=true], [data-invalid=true]")?.focus());
}
