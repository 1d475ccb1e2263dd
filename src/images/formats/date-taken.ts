/** Reads the date of a photograph from EXIF data or from a TIFF file. */
import type { FileBytes } from './file-bytes'
import { openDirectory, type Fields } from './tiff-directory'

/** Numbers of the fields (EXIF 2.32, sections 4.6.4 and 4.6.5). */
const [dateTime, exifDirectory, dateTimeOriginal, dateTimeDigitized] = [306, 34665, 36867, 36868]

/**
 * `DateTimeOriginal`, else `DateTimeDigitized`, else `DateTime`, in milliseconds since 1970. EXIF dates are local and have no time zone;
 * they are taken as UTC. `undefined` if there is no valid date.
 * @param tiff EXIF data from its byte order mark on (`II` or `MM`), or a TIFF file
 */
export function readDateTaken(tiff: FileBytes): number | undefined {
  const main = openDirectory(tiff)
  const [start] = main(exifDirectory)
  const exif: Fields = start === undefined ? () => [] : openDirectory(tiff, start)
  return parseDate(exif(dateTimeOriginal)) ?? parseDate(exif(dateTimeDigitized)) ?? parseDate(main(dateTime))
}

/** `YYYY:MM:DD HH:MM:SS`; some programs write other separators. Cameras without a clock write zeros or blanks. */
function parseDate(characters: readonly number[]): number | undefined {
  const text = String.fromCharCode(...characters.slice(0, 19))
  const parts = /^(\d{4})[:/.-](\d\d)[:/.-](\d\d)[ T](\d\d):(\d\d):(\d\d)$/.exec(text)
  if (!parts) return undefined
  const [year, month, day, hour, minute, second] = parts.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  date.setUTCHours(hour, minute, second)
  // Dates such as 30 February roll over.
  const isReal =
    date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour < 24 && minute < 60 && second < 60
  return isReal ? date.getTime() : undefined
}
