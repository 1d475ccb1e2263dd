/** Detects the layout of a file from its name and its contents, and reports it if the two disagree. */
import { firstBytes } from '../../bytes/chunks'
import { fileKind, type FileKind } from '../../bytes/file-kind'
import type { RequestHeaders } from '../../bytes/http/headers'
import { isURL } from '../../bytes/http/address'
import { DreamLIPError } from '../../errors'
import { guessFormat } from './csv.node.ts'
import { findColumns, hasCaptions, looksLikeData } from './records/columns'
import type { JSONForm } from './json.node.ts'
import type { DataLayout } from './open-records'
import { streamUnpacked } from './text/gunzip.node.ts'
import { readRows } from './text/delimited-rows'
import { firstLevel } from './text/json-text'
import { openText, type TextSource } from './text/text-source.node.ts'

/** The layout of a file. For text, also the opened file. */
export type Detected =
  | { readonly layout: 'parquet' | 'tar' | 'folder' | 'txt' }
  | { readonly layout: 'csv' | 'coco'; readonly text: TextSource }
  | { readonly layout: 'json' | 'jsonl' | 'karpathy'; readonly text: TextSource; readonly form: JSONForm }

const layoutOfEnding: Readonly<Record<string, DataLayout>> = {
  ...{ csv: 'csv', tsv: 'csv', txt: 'txt', json: 'json', jsonl: 'jsonl', ndjson: 'jsonl', jsonlines: 'jsonl' },
  ...{ parquet: 'parquet', tar: 'tar', tgz: 'tar' },
}

/**
 * @param given the layout that the caller asks for
 * @throws DreamLIPError `DATA_INVALID` if the layout cannot be detected, or the file does not have it
 */
export async function detectLayout(
  file: string,
  given: DataLayout | undefined,
  onGuess: (guesses: readonly string[]) => void,
  headers?: RequestHeaders,
): Promise<Detected> {
  const named = given ?? layoutOfName(file)
  if (named === 'folder' || named === 'imagefolder') return { layout: 'folder' }
  if (named === 'parquet' || named === 'tar') {
    if (!given && !isURL(file)) await checkKind(file, named, headers)
    return { layout: named }
  }
  const kind = named ? undefined : await kindOf(file, headers)
  if (kind === 'a Parquet file') return { layout: 'parquet' }
  if (kind === 'a tar archive') return { layout: 'tar' }
  if (given === 'txt') return { layout: 'txt' }
  const text = await openText(file, onGuess, headers)
  const first = firstCharacter(text)
  if (first === undefined) throw mismatch(file, 'data', 'an empty file')
  if (given === 'csv') return { layout: 'csv', text }
  if (given === 'coco') return { layout: 'coco', text }
  if (given === 'karpathy') return { layout: 'karpathy', text, form: { shape: 'object', key: 'images' } }
  if (given === 'jsonl') return { layout: 'jsonl', text, form: { shape: 'lines' } }
  if (first === '<') throw mismatch(file, 'data', 'an HTML page or XML')
  if (first === '[' || first === '{') {
    if (named !== 'csv') return jsonLayout(text, first, named, onGuess)
    if (isJSON(firstLine(text))) throw mismatch(file, 'a table', 'JSON')
    return { layout: 'csv', text }
  }
  if (named === 'json' || named === 'jsonl') throw mismatch(file, 'JSON', `text that starts with ${shown(text)}`)
  return named === 'csv' ? { layout: 'csv', text } : textLayout(text)
}

function layoutOfName(file: string): DataLayout | undefined {
  const path = isURL(file) ? file.replace(/[?#].*/s, '') : file
  return layoutOfEnding[/\.(\w+?)(\.gz)?$/.exec(path)?.[1]?.toLowerCase() ?? '']
}

/** A text file whose name does not show its layout: a table, or an index of JSON files. */
async function textLayout(text: TextSource): Promise<Detected> {
  const line = firstLine(text).trim()
  if (/\.json$/i.test(line)) return { layout: 'txt' }
  const format = await guessFormat(text)
  const chunks = (async function* () {
    yield text.head.subarray(text.start)
  })()
  for await (const row of readRows(chunks, 0, format, text.decode)) {
    if (!('cells' in row) || row.cells.length < 2) break
    const columns = findColumns(text.name, row.cells)
    const isHeader = columns.places.image !== undefined && hasCaptions(columns)
    if (isHeader || looksLikeData(row.cells)) return { layout: 'csv', text }
    break
  }
  throw mismatch(
    text.name,
    'a table with a header, JSON, or an index of .json files',
    `text that starts with ${shown(text)}`,
  )
}

/** The layout of a JSON file, by the keys of its first object. */
function jsonLayout(
  text: TextSource,
  first: '[' | '{',
  named: DataLayout | undefined,
  onGuess: (guesses: readonly string[]) => void,
): Detected {
  if (first === '[') return { layout: 'json', text, form: { shape: 'list' } }
  const head = headText(text)
  const { keys, end } = outline(head)
  const lists = [...keys].filter(([, at]) => head[at] === '[').map(([key]) => key)
  const isRecord = (found: Iterable<string>) => {
    const columns = findColumns(text.name, [...found])
    return columns.places.image !== undefined && hasCaptions(columns)
  }
  if (lists.includes('images') && !isRecord(keys.keys())) {
    const inImages = outline(head.slice(head.indexOf('{', keys.get('images')))).keys
    if (inImages.has('sentences')) return { layout: 'karpathy', text, form: { shape: 'object', key: 'images' } }
    return { layout: 'coco', text }
  }
  if (lists.includes('annotations')) return { layout: 'coco', text }
  const list = lists.find((key) => /^\[\s*\{/.test(head.slice(keys.get(key), keys.get(key)! + 1000)))
  if (list !== undefined && named !== 'jsonl' && !isRecord(keys.keys())) {
    onGuess([`${text.name}: the samples are read from its list ${JSON.stringify(list.slice(0, 60))}`])
    return { layout: 'json', text, form: { shape: 'object', key: list } }
  }
  const isAlone = end === undefined || /^[^\S\n\r]*(\r?\n|$)/.test(head.slice(end))
  const isWhole = end !== undefined && isJSON(head.slice(0, end))
  const isOnOneLine = isAlone && (end === undefined || !head.slice(0, end).trim().includes('\n'))
  const isLine = isWhole ? isOnOneLine : named === 'jsonl' || (end !== undefined && isOnOneLine)
  return isLine
    ? { layout: 'jsonl', text, form: { shape: 'lines' } }
    : { layout: 'json', text, form: { shape: 'sequence' } }
}

/** The keys of the object at the start of a text, the offsets of their values, and the end of the object if it has one. */
function outline(json: string): { readonly keys: ReadonlyMap<string, number>; readonly end: number | undefined } {
  const keys = new Map<string, number>()
  const levels = firstLevel(json)
  for (let step = levels.next(); ; step = levels.next()) {
    if (step.done) return { keys, end: step.value }
    keys.set(step.value.key, step.value.valueAt)
  }
}

async function kindOf(file: string, headers?: RequestHeaders): Promise<string | undefined> {
  return kindOfBytes(await firstBytes(streamUnpacked(file, headers), 512))
}

/** 512 bytes of text are enough to rule out other formats. */
async function checkKind(file: string, layout: 'parquet' | 'tar', headers?: RequestHeaders): Promise<void> {
  const head = await firstBytes(streamUnpacked(file, headers), 512)
  if (head.length === 0) throw mismatch(file, layout === 'tar' ? 'a tar archive' : 'a Parquet file', 'an empty file')
  const kind = kindOfBytes(head)
  const expected = layout === 'tar' ? 'a tar archive' : 'a Parquet file'
  if (kind !== undefined && kind !== expected) throw mismatch(file, expected, kind)
}

/** The names of file kinds that are not text. */
const kindNames: Readonly<Partial<Record<FileKind, string>>> = {
  parquet: 'a Parquet file',
  tar: 'a tar archive',
  gitLFSPointer: 'a Git LFS pointer (git lfs pull downloads the file itself)',
  zip: 'a zip archive',
  gzip: 'a gzip file',
  bzip2: 'a bzip2 file',
  xz: 'an xz file',
  zstd: 'a zstd file',
  sqlite: 'an SQLite database',
  arrow: 'an Arrow file',
  jpeg: 'an image',
  png: 'an image',
  gif: 'an image',
  webp: 'an image',
  pdf: 'a PDF',
}

/** The kind of a file, if its first bytes show it. */
function kindOfBytes(head: Uint8Array): string | undefined {
  const kind = fileKind(head, Object.keys(kindNames) as FileKind[])
  return kind && kindNames[kind]
}

function firstCharacter(text: TextSource): string | undefined {
  return /\S/.exec(headText(text))?.[0]
}

function firstLine(text: TextSource): string {
  return headText(text).trimStart().split(/\r?\n/, 1)[0]!
}

function headText({ head, start }: TextSource): string {
  return new TextDecoder().decode(head.subarray(start))
}

function isJSON(line: string): boolean {
  try {
    JSON.parse(line)
    return true
  } catch {
    return false
  }
}

function shown(text: TextSource): string {
  return JSON.stringify(firstLine(text).slice(0, 60))
}

function mismatch(file: string, expected: string, found: string): DreamLIPError {
  return new DreamLIPError(
    'DATA_INVALID',
    `${file}: expected ${expected}; found ${found}. Rename the file, or set the option layout.`,
  )
}
