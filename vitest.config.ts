import { defineConfig } from 'vitest/config'

// Tests use the built package as its users do: `import ... from 'kindred'`; internals come from `#lib/...` (dist/).
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    server: { deps: { external: [/\/dist\//] } },
  },
})
