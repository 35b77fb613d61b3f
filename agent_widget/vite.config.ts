import { defineConfig } from "vitest/config";

export default defineConfig({
  base: "./", // the built files work from any folder a server puts them in
  build: {
    outDir: "dist",
    target: "es2022",
    assetsInlineLimit: 0, // a strict content security policy has no data: addresses
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { index: "index.html", "agent-widget": "src/agent-widget.ts" },
      preserveEntrySignatures: "exports-only", // pages import from agent-widget.js
      output: {
        // The one name other pages load; everything else may change with its content.
        entryFileNames: (chunk) => (chunk.name === "agent-widget" ? "agent-widget.js" : "assets/[name]-[hash].js"),
      },
    },
  },
  test: { include: ["src/**/*.test.ts"] },
});
