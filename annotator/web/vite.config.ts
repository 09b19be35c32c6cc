import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

import { budget } from "./tools/budget.ts";

// VIDGRAIN_API: where `npm run dev` finds a running server.
const api = process.env["VIDGRAIN_API"] ?? "http://127.0.0.1:8000";

export default defineConfig({
  plugins: [react(), budget()],
  server: { proxy: { "/api": { target: api, changeOrigin: true } } },
  worker: { format: "es" },
  build: {
    target: "es2022",
    sourcemap: false,
    rolldownOptions: {
      checks: { pluginTimings: false },
      output: {
        codeSplitting: {
          groups: [
            { name: "react", test: /node_modules\/(react|react-dom|scheduler)\// },
            { name: "mantine", test: /node_modules\/(@mantine|@floating-ui)\// },
          ],
        },
      },
    },
  },
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.ts", "src/**/*.test.tsx"],
    setupFiles: ["src/test/setup.ts"],
    css: false,
    // One browser for all files: each cleans up after itself, and a run takes seconds.
    isolate: false,
    maxWorkers: 2,
  },
});
