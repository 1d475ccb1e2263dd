/** Builds the tests' page with Vite from the package's browser build, as an application would. */
import { resolve } from 'node:path'
import { build } from 'vite'

export const builtPage = resolve('.cache/test-page')

export default async function buildPage(): Promise<void> {
  await build({
    root: 'test/browser/page',
    configFile: false,
    base: './',
    logLevel: 'warn',
    resolve: { alias: { dreamlip: resolve('dist/browser/index.js') } },
    build: { outDir: builtPage, emptyOutDir: true, target: 'es2022', chunkSizeWarningLimit: 4000 },
  })
}
