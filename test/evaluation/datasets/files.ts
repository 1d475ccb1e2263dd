/** Writes the files of a data set into a folder that is removed after the test. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'

/** @param files contents by path; objects are written as JSON */
export function writeDataSet(files: Readonly<Record<string, string | Uint8Array | object>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'data-set-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  for (const [path, content] of Object.entries(files)) {
    const isPlain = typeof content === 'string' || content instanceof Uint8Array
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), isPlain ? content : JSON.stringify(content))
  }
  return folder
}

/** The smallest file that looks like an image. */
export const imageFile = new Uint8Array([0xff, 0xd8, 0xff])
