/** The files of the page, which the build puts beside the library. */
import { readFile } from 'node:fs/promises'
import { findOwnFile } from '../../installed.node.ts'
import { HTTPError } from './http/answer.node.ts'
import type { Content } from './http/content'

/** By their paths in URLs. */
const files = {
  '/': { name: 'page.html', type: 'text/html; charset=utf-8' },
  '/page.css': { name: 'page.css', type: 'text/css; charset=utf-8' },
  '/page.js': { name: 'page.js', type: 'text/javascript; charset=utf-8' },
  '/icon.svg': { name: 'icon.svg', type: 'image/svg+xml' },
} as const

type PagePath = keyof typeof files

export function isPageFile(path: string): path is PagePath {
  return Object.hasOwn(files, path)
}

/** @throws HTTPError in a bundle without the files; programs are still answered */
export async function readPageFile(path: PagePath): Promise<Content> {
  const { name, type } = files[path]
  const file = `search-page/${name}`
  const url = findOwnFile(`dist/${file}`, import.meta.url, [`./${file}`, `../../../dist/${file}`])
  if (url) return { type, bytes: await readFile(url), keep: 'revalidate' }
  throw new HTTPError(
    500,
    `Expected ${file} next to the program; there is no such file. Copy node_modules/dreamlip/dist/search-page there, leave ` +
      'dreamlip out of the bundle, or, in a checkout, build the package.',
  )
}
