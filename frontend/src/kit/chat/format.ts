/** How the chat writes durations: three figures at most, the unit always there. */

export function formatMs(ms: number, language: string): string {
  if (ms < 1000) return unit(ms < 10 ? ms : Math.round(ms), ms < 10 ? 1 : 0, "ms", language);
  if (ms < 60_000) return unit(ms / 1000, ms < 10_000 ? 2 : 1, "s", language);
  const minutes = Math.floor(ms / 60_000);
  return `${minutes} min ${Math.round((ms % 60_000) / 1000)} s`;
}

function unit(value: number, digits: number, name: string, language: string): string {
  return `${value.toLocaleString(language, { maximumFractionDigits: digits })}\u00a0${name}`;
}
