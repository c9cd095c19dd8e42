// Decides how the tests run: every *.test.ts below test/, in worker threads, without a wall-clock assertion anywhere.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["**/node_modules/**", "test/bench/**", "**/cdk.out/**"],
    pool: "threads",
    testTimeout: 30_000,
    hookTimeout: 60_000,
    dangerouslyIgnoreUnhandledErrors: false,
    unstubEnvs: true,
    restoreMocks: true,
  },
});
