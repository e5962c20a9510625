import { defineConfig, type ViteUserConfig } from 'vitest/config'

const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    typecheck: { enabled: false, include: ['test/types/**/*.test-d.ts'] },
    coverage: { provider: 'v8', include: ['src/**'] },
  },
})

export default config
