/**
 * Gives the build what pdf.js reads while it draws: character maps of fonts that a file names but does not hold (most Chinese
 * ones), the fourteen standard fonts, colour profiles, and a decoder for JPEG 2000. Under a folder with the version in its
 * name, so that browsers may keep it for good. Knows nothing of how pages are shown.
 */
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, extname, join } from "node:path";
import { type Plugin } from "vite";

const require = createRequire(import.meta.url);
const root = dirname(require.resolve("pdfjs-dist/package.json"));
const { version } = require("pdfjs-dist/package.json") as { version: string };

/** Below the base of the application. */
const PDFJS_FOLDER = `assets/pdfjs-${version}/`;
/** WebAssembly stays out: the pages' policy allows no script but files. */
const PARTS = ["cmaps", "standard_fonts", "iccs", "wasm"];
const isWanted = (name: string) => extname(name) !== ".wasm";

export function pdfjsFiles(): Plugin {
  return {
    name: "pdfjs-files",
    config: () => ({ define: { __PDFJS_FOLDER__: JSON.stringify(PDFJS_FOLDER) } }),
    generateBundle() {
      for (const part of PARTS) {
        for (const name of readdirSync(join(root, part)).filter(isWanted)) {
          this.emitFile({ type: "asset", fileName: `${PDFJS_FOLDER}${part}/${name}`, source: readFileSync(join(root, part, name)) });
        }
      }
    },
    configureServer(server) {
      const below = `${server.config.base}${PDFJS_FOLDER}`;
      server.middlewares.use((request, response, next) => {
        const [, part, name] = /^(\w+)\/([\w.-]+)$/.exec((request.url ?? "").slice(below.length)) ?? [];
        if (!request.url?.startsWith(below) || !part || !name || !PARTS.includes(part) || !isWanted(name)) return next();
        response.end(readFileSync(join(root, part, name)));
      });
    },
  };
}
