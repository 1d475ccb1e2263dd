/** Corrects the checksums of a changed file, so that readers reach the changes. */
import { crc32 } from '#crc32'
import type { Format } from './corpus'

export function repair(format: Format, bytes: Buffer): Buffer {
  const repaired = Buffer.from(bytes)
  if (format === 'png') repairPNG(repaired)
  if (format === 'tar') repairTar(repaired)
  if (format === 'pt') repairZip(repaired)
  if (format === 'parquet') repairParquet(repaired)
  return repaired
}

/** Each chunk ends in the checksum of its name and contents. */
function repairPNG(bytes: Buffer): void {
  for (let at = 8; at + 12 <= bytes.length;) {
    const end = at + 8 + bytes.readUInt32BE(at)
    if (end + 4 > bytes.length) return
    bytes.writeUInt32BE(crc32(bytes.subarray(at + 4, end)), end)
    at = end + 4
  }
}

/** Each header contains the sum of its bytes. Entries are followed as long as their sizes are plausible. */
function repairTar(bytes: Buffer): void {
  for (let at = 0; at + 512 <= bytes.length;) {
    const block = bytes.subarray(at, at + 512)
    if (block.every((byte) => byte === 0)) {
      at += 512
      continue
    }
    block.fill(0x20, 148, 156)
    const sum = block.reduce((total, byte) => total + byte, 0)
    block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
    const size = parseInt(block.toString('latin1', 124, 136), 8) || 0
    at += 512 + Math.ceil(Math.max(0, size) / 512) * 512
  }
}

/** The checksum of each stored entry in the directory. */
function repairZip(bytes: Buffer): void {
  for (
    let at = bytes.indexOf('PK\x01\x02');
    at !== -1 && at + 46 <= bytes.length;
    at = bytes.indexOf('PK\x01\x02', at + 4)
  ) {
    const local = bytes.readUInt32LE(at + 42)
    const length = bytes.readUInt32LE(at + 20)
    if (bytes.readUInt16LE(at + 10) !== 0 || local + 30 > bytes.length) continue
    const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28)
    if (start + length > bytes.length) continue
    const sum = crc32(bytes.subarray(start, start + length))
    bytes.writeUInt32LE(sum, at + 16)
    if (bytes.readUInt32LE(local + 14) !== 0) bytes.writeUInt32LE(sum, local + 14)
  }
}

/** The end states the length of the footer. The footer starts where it did, unless its length was changed. */
function repairParquet(bytes: Buffer): void {
  if (bytes.length > 12) bytes.write('PAR1', bytes.length - 4, 'latin1')
}
