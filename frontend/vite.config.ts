/** Builds the console and the public chat page; the embed script is built by `widget/vite.config.ts`. */
import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { pdfjsFiles } from "./pdfjs.ts";

const backend = process.env.WEFT_DEV_BACKEND ?? "http://127.0.0.1:8000";

/** Libraries that change rarely get files of their own, so that a release does not make browsers fetch them again. */
const vendorGroups = [
  { name: "react", test: /node_modules\/(react|react-dom|scheduler|react-router)\// },
  { name: "i18n", test: /node_modules\/(i18next|react-i18next)\// },
  { name: "query", test: /node_modules\/@tanstack\// },
  { name: "codemirror", test: /node_modules\/(@codemirror|@lezer|crelt|style-mod|w3c-keyname)/ },
  { name: "pdf", test: /node_modules\/pdfjs-dist\// },
  { name: "flow", test: /node_modules\/(@xyflow|@dagrejs|d3-|zustand)/ },
];

export default defineConfig({
  base: "/static/app/",
  plugins: [react(), pdfjsFiles()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: {
    outDir: "dist",
    sourcemap: false,
    rolldownOptions: { output: { codeSplitting: { groups: vendorGroups } } },
  },
  server: {
    port: 5173,
    proxy: {
      "^/(api|v1|healthz|readyz|admin)(/|$)": { target: backend },
      "/ws": { target: backend, ws: true },
    },
  },
  test: {
    environment: "jsdom",
    setupFiles: ["./src/testing/setup.ts"],
    include: ["src/**/*.test.{ts,tsx}", "widget/**/*.test.ts"],
    css: { include: [/tokens\.css/], modules: { classNameStrategy: "non-scoped" } },
    restoreMocks: true,
    // A shared machine may be slow; a test that hangs still ends.
    testTimeout: 20_000,
  },
});
