/** Reads from EXIF data when a photograph was taken. */

/** Numbers of the fields, by the EXIF standard. */
const [dateTime, exifDirectory, dateTimeOriginal, dateTimeDigitized] = [0x0132, 0x8769, 0x9003, 0x9004]

/** Both types with one byte a value, and the type of an offset. */
const [ascii, long] = [2, 4]

/** `YYYY:MM:DD HH:MM:SS` has 19 characters; some programs write other separators, or leave out the seconds. */
const dateFormat = /^(\d{4})\D(\d{2})\D(\d{2})\D(\d{2})\D(\d{2})(?:\D(\d{2}))?/

/**
 * The time at which the shutter opened, or else at which the file was digitized or changed: the camera's local time as if it was UTC,
 * in ms since 1970. NaN if there is none.
 * @param exif a TIFF structure, with or without `Exif\0\0` before it
 */
export function exifDate(exif: Uint8Array): number {
  const hasMark = [0x45, 0x78, 0x69, 0x66].every((byte, i) => exif[i] === byte)
  const tiff = hasMark ? exif.subarray(6) : exif
  if (tiff.length < 8) return NaN
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.length)
  const order = view.getUint16(0)
  if (order !== 0x4949 && order !== 0x4d4d) return NaN
  const little = order === 0x4949
  const main = readDirectory(view, view.getUint32(4, little), little)
  const pointer = main.get(exifDirectory)
  const photo =
    pointer === undefined ? new Map<number, number>() : readDirectory(view, offsetAt(view, pointer, little), little)
  const dates = [photo.get(dateTimeOriginal), photo.get(dateTimeDigitized), main.get(dateTime)]
  return dates.map((entry) => dateAt(view, entry, little)).find((date) => !Number.isNaN(date)) ?? NaN
}

/** Where the entry of each field of a directory starts. */
function readDirectory(view: DataView, start: number, little: boolean): Map<number, number> {
  const entries = new Map<number, number>()
  if (start + 2 > view.byteLength) return entries
  const count = view.getUint16(start, little)
  for (let i = 0, at = start + 2; i < count && at + 12 <= view.byteLength; i++, at += 12) {
    entries.set(view.getUint16(at, little), at)
  }
  return entries
}

function offsetAt(view: DataView, entry: number, little: boolean): number {
  return view.getUint16(entry + 2, little) === long ? view.getUint32(entry + 8, little) : view.byteLength
}

function dateAt(view: DataView, entry: number | undefined, little: boolean): number {
  if (entry === undefined || view.getUint16(entry + 2, little) !== ascii) return NaN
  const [length, at] = [view.getUint32(entry + 4, little), view.getUint32(entry + 8, little)]
  if (length < 16 || at + Math.min(length, 20) > view.byteLength) return NaN
  const text = String.fromCharCode(...new Uint8Array(view.buffer, view.byteOffset + at, Math.min(length, 20)))
  const [year, month, day, hour, minute, second = 0] = (dateFormat.exec(text)?.slice(1) ?? []).map((part) =>
    Number(part ?? 0),
  )
  if (year === undefined || year === 0) return NaN // a camera whose clock was never set
  const time = Date.UTC(year, month! - 1, day, hour, minute, second)
  const isReal = new Date(time).getUTCMonth() === month! - 1 && new Date(time).getUTCDate() === day
  return isReal && hour! < 24 && minute! < 60 && second < 60 ? time : NaN
}
