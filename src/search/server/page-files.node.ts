/** The files of the page, which the build puts beside the library. */
import { readFile } from 'node:fs/promises'
import { DreamLIPError } from '../../errors'
import { findOwnFile } from '../../installed.node.ts'
import type { Content } from './http/content'

/** By their paths in addresses. */
const files = {
  '/': { name: 'page.html', type: 'text/html; charset=utf-8' },
  '/page.css': { name: 'page.css', type: 'text/css; charset=utf-8' },
  '/page.js': { name: 'page.js', type: 'text/javascript; charset=utf-8' },
  '/icon.svg': { name: 'icon.svg', type: 'image/svg+xml' },
} as const

/** @throws DreamLIPError `SOURCE_UNREADABLE` in a bundle without the files */
export async function readPageFiles(): Promise<ReadonlyMap<string, Content>> {
  const contents = Object.entries(files).map(async ([path, { name, type }]): Promise<[string, Content]> => {
    const url = findOwnFile(`dist/search-page/${name}`, import.meta.url, [
      `./search-page/${name}`,
      `../../../dist/search-page/${name}`,
    ])
    if (!url) throw missing(name)
    return [path, { type, bytes: await readFile(url), keep: 'revalidate' }]
  })
  return new Map(await Promise.all(contents))
}

function missing(name: string): DreamLIPError {
  return new DreamLIPError(
    'SOURCE_UNREADABLE',
    `serveIndex: expected the page's ${name} in a folder search-page next to the program; there is no such file. ` +
      'Copy node_modules/dreamlip/dist/search-page there, or leave dreamlip out of the bundle.',
  )
}
