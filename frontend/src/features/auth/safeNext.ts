/** Where to go after signing in: only to a page of ours, never to another site. */
export function safeNext(next: string | null): string {
  if (!next) return "/apps";
  try {
    const url = new URL(next, location.origin);
    const ours = url.origin === location.origin && next.startsWith("/") && !url.pathname.startsWith("/signin");
    return ours ? url.pathname + url.search + url.hash : "/apps";
  } catch {
    return "/apps";
  }
}
