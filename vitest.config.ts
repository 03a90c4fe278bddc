import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Two cores, and many tests start servers with children of their own.
    maxWorkers: 2,
    // Tests take ports that another program of the machine may take first: there, one more try. A retry is shown in the report.
    retry: process.env.CI ? 1 : 0,
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
})
