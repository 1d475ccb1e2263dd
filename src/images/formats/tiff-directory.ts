/** Reads the fields of a directory of a TIFF file. EXIF data is such a file too. */
import type { FileBytes } from './file-bytes'

/** The size in bytes of the types that are used here: byte, character, short, long, 64-bit long. */
const sizes: Readonly<Record<number, number>> = { 1: 1, 2: 1, 3: 2, 4: 4, 16: 8 }

/** Maximum values to read from a directory. */
const mostValues = 1_000_000

/** The values of a field; empty if the field is missing, has an unknown type, or the file ends before it. */
export type Fields = (field: number) => readonly number[]

/** @param start where the directory begins; default: the first directory, to which the head of the file leads */
export function openDirectory(file: FileBytes, start?: number): Fields {
  const head = viewOf(file, 0, 16)
  if (head.byteLength < 8) return () => []
  const little = head.getUint8(0) === 0x49
  const big = file.byteLength > 16 && head.getUint16(2, little) === 43
  const word = (view: DataView, at: number) =>
    big ? Number(view.getBigUint64(at, little)) : view.getUint32(at, little)
  const [entrySize, valueAt, inline] = big ? [20, 12, 8] : [12, 8, 4]
  const entries = findEntries(file, big, little, start ?? word(head, big ? 8 : 4))
  return (field) => {
    const entry = entries.get(field)
    if (entry === undefined) return []
    const view = viewOf(file, entry, entrySize)
    const type = view.getUint16(2, little)
    const [size, length] = [sizes[type] ?? 0, word(view, 4)]
    if (size === 0 || length > mostValues) return []
    const at = size * length <= inline ? entry + valueAt : word(view, valueAt)
    if (at + size * length > file.byteLength) return []
    const values = viewOf(file, at, size * length)
    return Array.from({ length }, (_, i) => readValue(values, type, i * size, little))
  }
}

/** The offset of each field's entry in a directory. */
function findEntries(file: FileBytes, big: boolean, little: boolean, start: number): Map<number, number> {
  const entries = new Map<number, number>()
  const [countSize, entrySize] = big ? [8, 20] : [2, 12]
  if (start === 0 || start + countSize > file.byteLength) return entries
  const view = viewOf(file, start, countSize)
  const count = Math.min(big ? Number(view.getBigUint64(0, little)) : view.getUint16(0, little), 65_535)
  const directory = viewOf(file, start + countSize, count * entrySize)
  for (let at = 0; at + entrySize <= directory.byteLength; at += entrySize) {
    entries.set(directory.getUint16(at, little), start + countSize + at)
  }
  return entries
}

function viewOf(file: FileBytes, at: number, length: number): DataView {
  const bytes = file.read(at, length)
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}

function readValue(view: DataView, type: number, at: number, little: boolean): number {
  if (type === 1 || type === 2) return view.getUint8(at)
  if (type === 3) return view.getUint16(at, little)
  return type === 4 ? view.getUint32(at, little) : Number(view.getBigUint64(at, little))
}
