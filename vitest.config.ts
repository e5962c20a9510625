import { join } from 'node:path'
import { defineConfig, type ViteUserConfig } from 'vitest/config'

const source = join(import.meta.dirname, 'src')

const config: ViteUserConfig = defineConfig({
  resolve: {
    // The examples in the documents import the package by its name.
    alias: [
      { find: /^virtdriver$/, replacement: join(source, 'index.ts') },
      { find: /^virtdriver\/(.+)$/, replacement: join(source, '$1', 'index.ts') },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/leftovers.ts'],
    // One for each processor, where by itself one would be left free: many tests wait for QEMU.
    maxWorkers: '100%',
    // Property tests run a thousand cases, on slow machines too.
    testTimeout: 30_000,
    hookTimeout: 120_000,
    coverage: { provider: 'v8', include: ['src/**'] },
  },
})

export default config
