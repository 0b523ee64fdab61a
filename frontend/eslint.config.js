// Lint rules, chief among them who may import whom.
import { readdirSync } from "node:fs";
import js from "@eslint/js";
import { createTypeScriptImportResolver } from "eslint-import-resolver-typescript";
import importX from "eslint-plugin-import-x";
import reactHooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

const featureRoot = new URL("./src/features/", import.meta.url);
const features = readdirSync(featureRoot, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

const zone = (target, from, message) => ({ target: `./src/${target}`, from: from.map((room) => `./src/${room}`), message });

const zones = [
  zone("kit", ["api", "graph", "features", "app"], "kit knows nothing of Weft: pass data and callbacks as props."),
  zone("graph", ["api", "kit", "features", "app"], "graph is pure: it imports no other room."),
  zone("api", ["kit", "features", "app"], "api may import graph only."),
  zone("features", ["app"], "features do not know the shell: only app imports features."),
  ...features.map((name) => ({
    target: `./src/features/${name}`,
    from: "./src/features",
    except: [`./${name}`],
    message: "a feature never imports another feature: app puts them together.",
  })),
];

export default tseslint.config(
  { ignores: ["dist", "node_modules", "public", "src/graph/generated"] },
  js.configs.recommended,
  { files: ["*.js"], languageOptions: { globals: { URL: "readonly" } } },
  ...tseslint.configs.recommended,
  {
    files: ["**/*.{ts,tsx}"],
    plugins: { "import-x": importX, "react-hooks": reactHooks },
    settings: { "import-x/resolver-next": [createTypeScriptImportResolver({ project: "./tsconfig.json" })] },
    rules: {
      "react-hooks/rules-of-hooks": "error",
      "react-hooks/exhaustive-deps": "error",
      "import-x/no-restricted-paths": ["error", { zones }],
      "import-x/no-cycle": ["error", { maxDepth: 4 }],
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-unused-vars": ["error", { ignoreRestSiblings: true, varsIgnorePattern: "^_", argsIgnorePattern: "^_" }],
      "max-lines": ["error", { max: 400 }],
      eqeqeq: ["error", "always"],
      "no-console": "error",
    },
  },
);
