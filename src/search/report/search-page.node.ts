/** Renders a search result as one file, a page that loads nothing and contains no scripts. Node only. */
import { createHash } from 'node:crypto'
import { isAbsolute } from 'node:path'
import { pathToFileURL } from 'node:url'
import { checkCall, checkCallback, checkList, checkObject, checkText } from '../../check-arguments'
import { checkKeys } from '../../known-keys'
import type { DreamLIP } from '../../dreamlip'
import type { ImageInput } from '../../images/raw-image'
import { printable } from '../../printable'
import type { Progress } from '../../progress'
import type { SearchResult } from '../query/search-images'
import { drawHit, type DrawnHit } from './draw-hits.node.ts'
import { styleOf } from './page-style'

/** The result to show, from `searchImages` or `findSimilar`. */
export interface ShownResult {
  readonly hits: readonly DrawnHit['hit'][]
  readonly fits?: SearchResult['fits']
}

export interface SearchPageOptions {
  /** Draws a heat map per sentence; default: no heat maps. */
  readonly model?: Pick<DreamLIP, 'ground'>
  /** The picture of a hit; default: its path or URL. */
  readonly readImage?: (path: string) => ImageInput | Promise<ImageInput>
  /** Counts pictures. */
  readonly onProgress?: (progress: Progress) => void
  readonly signal?: AbortSignal
}

const optionKeys = { model: 0, readImage: 0, onProgress: 0, signal: 0 } as const

/**
 * Renders a search result as a page: small copies of the pictures, the sentences that each picture answers, and a heat map for each
 * sentence on hover or keyboard focus. Everything is inside the file, and its policy forbids scripts and requests.
 * @param title the query
 * @throws DreamLIPError `INVALID_ARGUMENT`; errors of the model
 */
export async function renderSearchPage(
  title: string,
  result: ShownResult,
  options: SearchPageOptions = {},
): Promise<string> {
  const { model, readImage = itself, onProgress, signal } = checkKeys('options', checkCall(options), optionKeys)
  checkText('title', title)
  checkCallback('readImage', readImage)
  if (model !== undefined) checkCallback('model.ground', checkObject('model', model, 'a DreamLIP model').ground)
  const { hits, fits = true } = checkObject('result', result, 'the result of a search { hits }')
  const drawn: DrawnHit[] = []
  for (const hit of checkList('result.hits', hits)) {
    drawn.push(await drawHit(hit, { model, readImage, signal }))
    onProgress?.({ stage: 'images', done: drawn.length, total: hits.length })
  }
  return renderPage(title, drawn, fits)
}

const itself = (path: string): string => path

function renderPage(title: string, hits: readonly DrawnHit[], fits: boolean): string {
  const style = styleOf(hits.reduce((most, { maps }) => Math.max(most, maps.length), 0))
  const hash = createHash('sha256').update(style).digest('base64')
  const policy = `default-src 'none'; img-src data:; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`
  const doubt = fits
    ? ''
    : '<p class="doubt" role="status">No picture stands out: probably none fits. These are the nearest.</p>\n'
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>${escape(title)}</title>
<style>${style}</style>
</head>
<body>
<h1>${escape(title)}</h1>
${doubt}<main>
${hits.map(renderHit).join('\n')}
</main>
</body>
</html>
`
}

function renderHit({ hit, picture, maps }: DrawnHit, index: number): string {
  const { path, score, sentences = [] } = hit
  const name = escape(path)
  const shown = picture
    ? `<div class="frame"><img class="photo" src="${picture.address}" width="${picture.width}" height="${picture.height}" alt="${name}">` +
      `${maps.map((address, i) => `<img class="map m${i}" src="${address}" alt="">`).join('')}</div>`
    : '<div class="frame gone">cannot be read</div>'
  const items = sentences.map(
    ({ text, score, answered }, i) =>
      `<li class="s${i} ${answered ? 'yes' : 'no'}"${maps.length > 0 ? ' tabindex="0"' : ''}>` +
      `<b aria-label="${answered ? 'answered' : 'missing'}">${answered ? '✓' : '–'}</b> ${escape(text)} <i>${score.toFixed(1)}</i></li>`,
  )
  return `<article><h2><span>${index + 1}</span> ${linked(path, name)} <i>${score.toFixed(2)}</i></h2>
${shown}
<ul>${items.join('\n')}</ul></article>`
}

/** Links only files and web pages, because an id may be any text. */
function linked(path: string, name: string): string {
  const address = isAbsolute(path) ? pathToFileURL(path).href : /^https?:\/\//i.test(path) ? path : undefined
  return address === undefined ? name : `<a href="${escape(address)}">${name}</a>`
}

function escape(text: string): string {
  return printable(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
