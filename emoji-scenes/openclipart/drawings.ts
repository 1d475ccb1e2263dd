/**
 * Drawings of the Open Clip Art Library (public domain), as Debian's package `openclipart-svg` installs them: thousands of people drew
 * and named them. They are only measured on.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { kinds, type Kind } from '../icons/kinds'

/** Where Debian's package puts them. */
export const openclipartFolder = '/usr/share/openclipart/svg'

/** Larger files take seconds to draw. */
const mostBytes = 200_000

export interface Drawing {
  readonly path: string
  /** In lower case, without numbers and the author's name. */
  readonly title: string
  /** The kind that the title names, if it names one. */
  readonly kind: Kind | undefined
}

/** All drawings with a title, sorted by path; none if the folder does not exist. */
export function listDrawings(folder: string): Drawing[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.svg'))
    .sort()
  return files.flatMap((file) => {
    const path = join(folder, file)
    if (statSync(path).size > mostBytes) return []
    const title = titleOf(readFileSync(path, 'utf8'))
    return title === '' ? [] : [{ path, title, kind: kindOfTitle(title) }]
  })
}

/** The title in the metadata of an SVG file: "Clipart by … - birthday_cake" is "birthday cake". */
export function titleOf(svg: string): string {
  const [, title = ''] = /<dc:title[^>]*>([^<]*)/.exec(svg) ?? []
  const own = title.replace(/^clipart by .* - /i, '').toLowerCase()
  return (own.match(/\p{L}+/gu) ?? []).join(' ')
}

/** The kind that a title names; only the name may be there, or words before it: "acoustic guitar" is a guitar. */
export function kindOfTitle(title: string): Kind | undefined {
  const named = kinds.filter(({ names }) =>
    names.some(({ text }) => ` ${title}`.endsWith(` ${text.toLowerCase().replaceAll('-', ' ')}`)),
  )
  return named.length === 1 ? named[0] : undefined
}

/** The first drawing of each title, so that no two compete for it. */
export function oneForEachTitle<Titled extends Pick<Drawing, 'title'>>(drawings: readonly Titled[]): Titled[] {
  return [...new Map([...drawings].reverse().map((drawing) => [drawing.title, drawing])).values()].reverse()
}
