/** Builds zip archives, well-formed by default. */
import { deflateRawSync } from 'node:zlib'
import { crc32 } from '../../../../src/crc32'

/** An entry. Every field except `name` and `data` is for false values, or for values that PyTorch does not write. */
export interface EntryPlan {
  readonly name: string
  readonly data: Uint8Array
  readonly deflated?: boolean
  readonly localName?: string
  readonly crc?: number
  readonly flags?: number
  readonly method?: number
  readonly disk?: number
  /** False values for the directory. */
  readonly size?: number
  readonly compressedSize?: number
  readonly headerOffset?: number
  readonly centralExtra?: Uint8Array
}

export interface ArchivePlan {
  readonly leading?: Uint8Array
  readonly trailing?: Uint8Array
  readonly comment?: Uint8Array
  /** False values for the end record. */
  readonly count?: number
  readonly directoryOffset?: number
  readonly directorySize?: number
  readonly diskNumber?: number
  /** Adds zip64 records; the fields override their values. */
  readonly zip64?: { readonly count?: bigint; readonly size?: bigint; readonly offset?: bigint }
}

const { concat } = Buffer

/** Little-endian fields: `[value, bytes]`. */
function fields(...list: readonly (readonly [number | bigint, 2 | 4 | 8])[]): Buffer {
  return concat(
    list.map(([value, size]) => {
      const buffer = Buffer.alloc(8)
      buffer.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)))
      return buffer.subarray(0, size)
    }),
  )
}

export function text(value: string): Uint8Array {
  return Buffer.from(value)
}

/** The bytes of an archive. */
export function zipBytes(entries: readonly EntryPlan[], plan: ArchivePlan = {}): Uint8Array {
  const leading = plan.leading ?? new Uint8Array()
  let offset = leading.length
  const locals: Uint8Array[] = []
  const centrals: Uint8Array[] = []
  for (const entry of entries) {
    const stored = entry.deflated ? deflateRawSync(entry.data) : entry.data
    const method = entry.method ?? (entry.deflated ? 8 : 0)
    const name = text(entry.name)
    const localName = text(entry.localName ?? entry.name)
    const local = concat([
      fields([0x04034b50, 4], [20, 2], [entry.flags ?? 0, 2], [method, 2], [0, 4], [0, 4], [0, 4], [0, 4]),
      fields([localName.length, 2], [0, 2]),
      localName,
      stored,
    ])
    const extra = entry.centralExtra ?? new Uint8Array()
    centrals.push(
      concat([
        fields([0x02014b50, 4], [20, 2], [20, 2], [entry.flags ?? 0, 2], [method, 2], [0, 4]),
        fields([entry.crc ?? crc32(entry.data), 4], [entry.compressedSize ?? stored.length, 4]),
        fields([entry.size ?? entry.data.length, 4], [name.length, 2], [extra.length, 2], [0, 2]),
        fields([entry.disk ?? 0, 2], [0, 2], [0, 4], [entry.headerOffset ?? offset, 4]),
        name,
        extra,
      ]),
    )
    locals.push(local)
    offset += local.length
  }
  const directory = concat(centrals)
  const zip64 = plan.zip64 ? zip64Records(plan.zip64, entries.length, directory.length, offset) : new Uint8Array()
  const comment = plan.comment ?? new Uint8Array()
  const disk = plan.diskNumber ?? 0
  const count = plan.count ?? entries.length
  const end = fields(
    [0x06054b50, 4],
    [disk, 2],
    [disk, 2],
    [count, 2],
    [count, 2],
    [plan.directorySize ?? directory.length, 4],
    [plan.directoryOffset ?? offset, 4],
    [comment.length, 2],
  )
  return concat([leading, ...locals, directory, zip64, end, comment, plan.trailing ?? new Uint8Array()])
}

function zip64Records(lies: NonNullable<ArchivePlan['zip64']>, count: number, size: number, offset: number): Buffer {
  const all = lies.count ?? BigInt(count)
  return concat([
    fields([0x06064b50, 4], [44, 8], [45, 2], [45, 2], [0, 4], [0, 4], [all, 8], [all, 8]),
    fields([lies.size ?? size, 8], [lies.offset ?? offset, 8]),
    fields([0x07064b50, 4], [0, 4], [offset + size, 8], [1, 4]),
  ])
}

/** An extra field with an id. */
export function extraField(id: number, data: Uint8Array, claimedLength = data.length): Uint8Array {
  return concat([fields([id, 2], [claimedLength, 2]), data])
}

/** Eight bytes each. */
export function wide(...values: readonly bigint[]): Uint8Array {
  return concat(values.map((value) => fields([value, 8])))
}
