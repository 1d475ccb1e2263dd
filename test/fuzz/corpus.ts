/** Small complete files of every supported format, as seeds for the fuzzer. */
import { readdirSync, readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import sharp from 'sharp'
import { npyBytes, safetensorsBlob } from '../../src/index'

/** Formats by file name ending. */
export const formats = [
  'pt',
  'safetensors',
  'npy',
  'jpg',
  'png',
  'gif',
  'webp',
  'tiff',
  'bmp',
  'avif',
  'heic',
  'csv',
  'tsv',
  'json',
  'jsonl',
  'txt',
  'tar',
  'parquet',
] as const
export type Format = (typeof formats)[number]

export const imageFormats: readonly Format[] = ['jpg', 'png', 'gif', 'webp', 'tiff', 'bmp', 'avif', 'heic']

export interface Seed {
  readonly name: string
  readonly bytes: Uint8Array
}

const fixtures = 'test/fixtures'

/** Larger files slow down the fuzzer, and find nothing that smaller ones do not. */
const largestSeed = 40_000

export async function corpus(format: Format): Promise<readonly Seed[]> {
  const seeds = [...filesOf(format), ...(await madeOf(format))]
  return seeds.filter(({ bytes }) => bytes.length > 0 && bytes.length <= largestSeed)
}

const endings: Partial<Record<Format, RegExp>> = { tiff: /\.tiff?$/, tar: /\.tar(\.gz)?$/ }

function filesOf(format: Format): Seed[] {
  const ending = endings[format] ?? new RegExp(`\\.${format}$`)
  return readdirSync(fixtures, { recursive: true, encoding: 'utf8' })
    .filter((name) => ending.test(name))
    .map((name) => ({ name, bytes: new Uint8Array(readFileSync(`${fixtures}/${name}`)) }))
}

/** Files that no fixture covers, or that are shorter as code. */
async function madeOf(format: Format): Promise<Seed[]> {
  const made = await makers[format]?.()
  return Object.entries(made ?? {}).map(([name, bytes]) => ({ name, bytes: new Uint8Array(Buffer.from(bytes)) }))
}

type Made = Readonly<Record<string, string | Uint8Array>>

const captions = [
  'A dog runs. It is brown.',
  'Two cats, one "black", sit.\nThey look up.',
  '一只狗 🐶 runs & jumps.',
  '',
]
const records = captions.map((caption, i) => ({ image: `${i}.jpg`, caption, long_caption: `${caption} ${caption}` }))

const table = (separator: string, lineEnd: string) =>
  ['image,caption,long_caption', ...records.map((record) => Object.values(record).map(quoted).join(','))]
    .map((line) => (separator === ',' ? line : line.replaceAll(',', separator)))
    .join(lineEnd)
const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`

const picture = () => {
  const pixels = Uint8Array.from({ length: 3 * 24 * 17 }, (_, i) => (i * i + 7 * i) % 251)
  return sharp(pixels, { raw: { width: 24, height: 17, channels: 3 } })
}

const tensors = {
  a: { data: Float32Array.of(1, 2, 3, 4), shape: [2, 2], dtype: 'float32' as const },
  'b.weight': { data: Float32Array.of(5, 6), shape: [1, 2], dtype: 'float32' as const },
}

const makers: Partial<Record<Format, () => Made | Promise<Made>>> = {
  pt: () => ({ golden: readFileSync('examples/golden/golden.pt').subarray(0, largestSeed) }),
  safetensors: async () => ({
    small: new Uint8Array(await (await safetensorsBlob(tensors, { k: 'v' })).arrayBuffer()),
  }),
  npy: () => ({
    rows: npyBytes({ data: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [2, 3] }),
    one: npyBytes({ data: Float32Array.of(1, 2), shape: [2] }),
    columns: npyFile(`{'shape': (2, 2), 'fortran_order': True, 'descr': '>f2'}`, 8, 2),
    doubles: npyFile(`{'descr': '<f8', 'fortran_order': False, 'shape': (1, 3), }`, 24, 1),
  }),
  jpg: async () => ({ baseline: await picture().jpeg().toBuffer() }),
  png: async () => ({ palette: await picture().png({ palette: true }).toBuffer() }),
  gif: async () => ({ plain: await picture().gif().toBuffer() }),
  webp: async () => ({ plain: await picture().webp().toBuffer() }),
  tiff: async () => ({
    none: await picture().tiff({ compression: 'none' }).toBuffer(),
    lzw: await picture().tiff({ compression: 'lzw', predictor: 'horizontal' }).toBuffer(),
    deflate: await picture().tiff({ compression: 'deflate' }).toBuffer(),
    jpeg: await picture().tiff({ compression: 'jpeg' }).toBuffer(),
    tiled: await picture().tiff({ tile: true, tileWidth: 16, tileHeight: 16, compression: 'none' }).toBuffer(),
    bilevel: await picture().greyscale().threshold().toColourspace('b-w').tiff({ bitdepth: 1 }).toBuffer(),
  }),
  bmp: () => ({ rgb: bitmap(24), gray: bitmap(8) }),
  avif: async () => ({ plain: await picture().avif({ effort: 0 }).toBuffer() }),
  heic: async () => ({ brand: asHEIC(await picture().avif({ effort: 0 }).toBuffer()) }),
  csv: () => ({ comma: table(',', '\n'), windows: `\ufeff${table(',', '\r\n')}`, semicolon: table(';', '\n') }),
  tsv: () => ({ tabs: table('\t', '\n') }),
  json: () => ({ list: JSON.stringify(records), indented: JSON.stringify(records, null, 2) }),
  jsonl: () => ({ lines: records.map((record) => JSON.stringify(record)).join('\n') }),
  txt: () => ({ index: 'a.json\nb/c.json\r\n\n', one: 'x.json' }),
  tar: async () => ({ zipped: gzipSync(await readFileSync(`${fixtures}/data/layouts/text-0.tar`)) }),
}

/** A NumPy file with this header and this many bytes of values. */
function npyFile(header: string, bytes: number, version: 1 | 2): Uint8Array {
  const length = Buffer.alloc(version === 1 ? 2 : 4)
  length.writeUIntLE(header.length, 0, length.length)
  const start = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0])
  return Buffer.concat([start, length, Buffer.from(header), Buffer.alloc(bytes, 0x3c)])
}

/** A Windows bitmap of 5 × 3 pixels, of 24 bits or with a palette. */
function bitmap(bits: 8 | 24): Uint8Array {
  const colours = bits === 8 ? 256 : 0
  const row = Math.ceil((5 * bits) / 32) * 4
  const start = 54 + 4 * colours
  const bytes = Buffer.alloc(start + 3 * row, 0x5a)
  bytes.fill(0, 0, 54).write('BM')
  bytes.writeUInt32LE(bytes.length, 2)
  bytes.writeUInt32LE(start, 10)
  bytes.writeUInt32LE(40, 14)
  bytes.writeInt32LE(5, 18)
  bytes.writeInt32LE(3, 22)
  bytes.writeUInt16LE(1, 26)
  bytes.writeUInt16LE(bits, 28)
  bytes.writeUInt32LE(colours, 46)
  return bytes
}

/** The same boxes with HEIC's brand, enough for a reader before it decodes. */
function asHEIC(avif: Buffer): Buffer {
  return Buffer.from(avif.toString('latin1').replaceAll('avif', 'heic'), 'latin1')
}
