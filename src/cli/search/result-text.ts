/** Formats search results as text for people. */
import type { DuplicateGroup, SearchResult, SimilarImage } from '../../index.node.ts'
import { plural } from '../../plural'
import { oneLine } from '../../printable'

/** One text per hit: how well it covers the query, its path, and which sentences it answers. */
export function describeHits({ hits }: SearchResult): string[] {
  return hits.map(({ path, score, sentences }, i) => {
    const answered = sentences.filter((sentence) => sentence.answered).length
    const count = sentences.length > 1 ? `  (${answered} of ${sentences.length})` : ''
    const lines = sentences.map(
      (one) => `      ${one.answered ? '✓' : '–'} ${number(one.score, 5)}  ${oneLine(one.text)}`,
    )
    return [`${String(i + 1).padStart(3)}. ${number(score, 5)}  ${oneLine(path)}${count}`, ...lines].join('\n')
  })
}

/** The line above the hits. */
export function describeFit({ hits, fits }: SearchResult): string {
  if (hits.length === 0) return 'No picture was found.'
  return fits ? '' : 'No picture stands out: probably none fits. These are the nearest.'
}

export function describeSimilar(images: readonly SimilarImage[]): string[] {
  return images.map(({ path, score }, i) => `${String(i + 1).padStart(3)}. ${score.toFixed(3)}  ${oneLine(path)}`)
}

export function describeDuplicates(groups: readonly DuplicateGroup[]): string {
  if (groups.length === 0) return 'No duplicates were found.'
  const all = groups.reduce((sum, { images }) => sum + images.length, 0)
  const lists = groups.map(({ kind, images }) => {
    const title = kind === 'exact' ? `${images.length} equal files` : `${images.length} nearly equal pictures`
    return [title, ...images.map(({ path, score }) => `  ${score.toFixed(3)}  ${oneLine(path)}`)].join('\n')
  })
  return [...lists, `${plural(groups.length, 'group')} with ${plural(all, 'picture')}.`].join('\n\n')
}

function number(value: number, width: number): string {
  return value.toFixed(1).padStart(width)
}
