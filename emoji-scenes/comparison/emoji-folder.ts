/** Emoji of another font: pictures that are named after their code points, such as those of the npm packages `emoji-datasource-*`. */
import { readdirSync } from 'node:fs'
import { extname, join } from 'node:path'
import { trainKinds, type Kind } from '../icons/kinds'
import { drawOnWhite } from './draw-on-white'
import type { NamedDrawing } from './naming'

const kindsByCode = new Map(trainKinds.flatMap((kind) => kind.codes.map((code) => [code, kind] as const)))

/** The kind that a file shows: `1f34e.png`, `2764-fe0f.svg`, `emoji_u1f34e.png`; `undefined` for what training never shows. */
export function kindOfFile(name: string): Kind | undefined {
  const code = name
    .slice(0, name.length - extname(name).length)
    .toLowerCase()
    .replace(/^emoji_u/, '')
    .replaceAll('_', '-')
    .replaceAll('-fe0f', '')
  return kindsByCode.get(code)
}

/** The emoji of training kinds in a folder, each on white, `side × side` pixels. @throws Error if there are none */
export async function readEmojiFolder(folder: string, side: number): Promise<NamedDrawing[]> {
  const drawings: NamedDrawing[] = []
  for (const file of readdirSync(folder).sort()) {
    const kind = kindOfFile(file)
    const image = kind && (await drawOnWhite(join(folder, file), side))
    if (image) drawings.push({ kind, image })
  }
  if (drawings.length === 0) throw new Error(`${folder}: expected pictures named like 1f34e.png; there are none.`)
  return drawings
}
