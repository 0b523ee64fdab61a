/**
 * Sets up i18next: two languages, one namespace per feature, each file fetched when a page first uses it.
 * Knows nothing of who is signed in; the shell calls `setLanguage` when the profile says otherwise.
 */
import i18next, { type BackendModule } from "i18next";
import { initReactI18next } from "react-i18next";

export const LANGUAGES = ["en", "zh"] as const;
export type Language = (typeof LANGUAGES)[number];

const STORAGE_KEY = "weft.language";
type Texts = Record<string, unknown>;
const files = import.meta.glob<Texts>("./{en,zh}/*.json", { import: "default" });

const backend: BackendModule = {
  type: "backend",
  init() {},
  read(language, namespace, done) {
    const load = files[`./${language}/${namespace}.json`];
    if (!load) {
      done(new Error(`no texts for ${language}/${namespace}`), null);
      return;
    }
    load().then(
      (texts) => done(null, texts as never),
      (error: unknown) => done(error as Error, null),
    );
  },
};

/** The language asked for before: by the user here, else by the browser. */
function preferredLanguage(): Language {
  const stored = readStored();
  if (stored) return stored;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}

export async function startI18n(options: { language?: Language; eager?: boolean } = {}): Promise<void> {
  if (i18next.isInitialized) return;
  const language = options.language ?? preferredLanguage();
  await i18next
    .use(backend)
    .use(initReactI18next)
    .init({
      lng: language,
      fallbackLng: "en",
      supportedLngs: [...LANGUAGES],
      ns: options.eager ? allNamespaces() : ["common", "kit", "errors"],
      defaultNS: "common",
      interpolation: { escapeValue: false },
      returnNull: false,
    });
  markDocument(language);
}

export async function setLanguage(language: Language): Promise<void> {
  try {
    localStorage.setItem(STORAGE_KEY, language);
  } catch {
    // Storage may be closed to us (private window, embedded frame); the choice then lasts for this page.
  }
  await i18next.changeLanguage(language);
  markDocument(language);
}

function readStored(): Language | null {
  try {
    const value = localStorage.getItem(STORAGE_KEY);
    return value === "en" || value === "zh" ? value : null;
  } catch {
    return null;
  }
}

function markDocument(language: Language): void {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
}

function allNamespaces(): string[] {
  const names = Object.keys(files).map((path) => path.replace(/^.*\/(.+)\.json$/, "$1"));
  return [...new Set(names)];
}
