/** Finds Chromium on this machine and starts it headless, with WebGPU on a software adapter. */
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { chromium, type Browser } from 'playwright-core'
import { describe } from 'vitest'
import { canRun } from '../skipping'

/** Chromium's executable: the value of `CHROMIUM`, else the first of the usual names on the path. */
export const executable = process.env.CHROMIUM ?? findOnPath(['chromium', 'chromium-browser', 'google-chrome'])

/** Tests that need a browser: skipped if there is none. @throws Error if nothing may be skipped */
export function describeInChromium(name: string, tests: () => void): void {
  const found = canRun(Boolean(executable), name, 'no Chromium is on the path; install it, or name it in CHROMIUM')
  describe.runIf(found)(name, tests)
}

export function startChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: executable,
    chromiumSandbox: false, // Chromium refuses its sandbox to root, which runs CI jobs
    args: [
      '--enable-unsafe-webgpu',
      '--use-webgpu-adapter=swiftshader',
      '--enable-features=Vulkan',
      '--use-vulkan=swiftshader',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
  })
}

function findOnPath(names: readonly string[]): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter)
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find((file) => existsSync(file))
}
