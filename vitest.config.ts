/** The tests: those of the sources, and those of the built package, which are built first. */
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { defineConfig } from 'vitest/config'

/** These import the built package, which their project builds first. */
const ofThePackage = ['test/browser/**/*.test.ts', 'test/package/**/*.test.ts', 'test/examples/browser.test.ts']

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    env: { DREAMLIP_CACHE: join(tmpdir(), `dreamlip-tests-${process.pid}`) }, // the user's own value is kept
    reporters: ['default', './scripts/closing-line.ts'],
    projects: [
      {
        extends: true,
        resolve: { alias: { dreamlip: resolve('src/index.node.ts') } }, // for the imports of the examples and EmojiScenes
        test: {
          name: 'source',
          include: ['test/**/*.test.ts', 'emoji-scenes/test/**/*.test.ts'],
          exclude: ofThePackage,
        },
      },
      {
        extends: true,
        test: {
          name: 'package',
          include: ofThePackage,
          globalSetup: ['test/package/build.ts', 'test/browser/build-page.ts'],
        },
      },
    ],
  },
})
