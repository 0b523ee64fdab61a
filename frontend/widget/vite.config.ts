/** Builds the embed script: one file without imports, beside the console's build. Run after it, because that empties `dist`. */
import { defineConfig } from "vite";

export default defineConfig({
  root: import.meta.dirname,
  publicDir: false,
  build: {
    outDir: "../dist",
    emptyOutDir: false,
    target: "es2020",
    lib: { entry: "embed.ts", formats: ["iife"], name: "weftEmbed", fileName: () => "embed.js" },
  },
});
