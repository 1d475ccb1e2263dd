/** Large files are decoded from the disk, with the same pixels and checks as the same bytes in memory. */
import { randomFillSync } from 'node:crypto'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decodeImage } from '../../../../src/images/decode/decode.node.ts'
import { openLargeFile } from '../../../../src/images/decode/source/large-file.node.ts'
import { preprocessImage } from '../../../../src/images/preprocess/preprocess'

const folder = mkdtempSync(join(tmpdir(), 'large-'))
afterAll(() => rmSync(folder, { recursive: true }))

const [width, height] = [1801, 1700] // more than 8 MB of RGB
const noise = randomFillSync(new Uint8Array(width * height * 3))

/** A 24-bit bitmap, or an 8-bit one with a palette, stored from the bottom up. */
function bmp(bits: 8 | 24): Uint8Array {
  const row = Math.floor((width * bits + 31) / 32) * 4
  const [rows, colours] = bits === 8 ? [5000, 256] : [height, 0]
  const at = 54 + 4 * colours
  const bytes = randomFillSync(new Uint8Array(at + row * rows))
  const view = new DataView(bytes.buffer)
  bytes.fill(0, 0, 54)
  view.setUint16(0, 0x424d)
  view.setUint32(10, at, true)
  view.setUint32(14, 40, true)
  view.setInt32(18, width, true)
  view.setInt32(22, rows, true)
  view.setUint16(28, bits, true)
  return bytes
}

/** Literal codes of eight bits, with codes that clear the table before they would grow. */
function gif(): Uint8Array {
  const [side, colours] = [3000, 128]
  const bytes: Uint8Array[] = []
  const head = randomFillSync(Buffer.alloc(13 + 3 * colours))
  head.write('GIF89a')
  head.writeUInt16LE(side, 6)
  head.writeUInt16LE(side, 8)
  head[10] = 0x80 | 6
  const frame = Buffer.alloc(11)
  frame[0] = 0x2c
  frame.writeUInt16LE(side, 5)
  frame.writeUInt16LE(side, 7)
  frame[10] = 7
  bytes.push(head, frame)
  for (let left = side * side; left > 0; left -= 126) {
    const codes = randomFillSync(Buffer.alloc(Math.min(126, left))).map((code) => code & 127)
    bytes.push(Buffer.from([codes.length + 1, 128]), codes)
  }
  return Buffer.concat([...bytes, Buffer.from([1, 129, 0, 0x3b])])
}

const open = () => sharp(noise, { raw: { width, height, channels: 3 } })
const files: Readonly<Record<string, () => Uint8Array | Promise<Uint8Array>>> = {
  'plain.png': () => open().png({ compressionLevel: 0 }).toBuffer(),
  'interlaced.png': () => open().png({ compressionLevel: 0, progressive: true }).toBuffer(),
  'strips.tif': () => open().tiff({ compression: 'none' }).toBuffer(),
  'tiles.tif': () => open().tiff({ compression: 'deflate', tile: true }).toBuffer(),
  'colours.bmp': () => bmp(24),
  'palette.bmp': () => bmp(8),
  'frame.gif': gif,
  'photo[1]': () => open().png({ compressionLevel: 0 }).toBuffer(),
}

describe.each(Object.keys(files))('%s', (name) => {
  const path = join(folder, name)
  beforeAll(async () => writeFileSync(path, await files[name]!()))

  it('is opened on the disk', async () => {
    const file = await openLargeFile(path)
    expect(file?.name).toBe(path)
    await file!.close()
  })

  it('has the pixels of the same bytes in memory', async () => {
    const bytes = readFileSync(path)
    expect(bytes.length).toBeGreaterThan(8 * 1024 * 1024)
    const [fromDisk, inMemory] = [await decodeImage(path), await decodeImage(bytes)]
    expect({ ...fromDisk, data: 0 }).toEqual({ ...inMemory, data: 0 })
    expect(Buffer.compare(Buffer.from(fromDisk.data), Buffer.from(inMemory.data))).toBe(0)
    expect(await preprocessImage(pathToFileURL(path))).toEqual(await preprocessImage(bytes))
  })

  it('is refused if it is cut off', async () => {
    const cut = `${path}.cut`
    writeFileSync(cut, readFileSync(path).subarray(0, -20_000))
    await expect(decodeImage(cut)).rejects.toMatchObject({ code: 'IMAGE_INVALID' })
  })
})

describe('a file on the disk', () => {
  it('is refused when it changes while it is decoded', async () => {
    const path = join(folder, 'changes.bmp')
    writeFileSync(path, bmp(24))
    const file = await openLargeFile(path)
    file!.checkUnchanged()
    appendFileSync(path, 'more')
    expect(() => file!.checkUnchanged()).toThrow(expect.objectContaining({ code: 'SOURCE_UNREADABLE' }))
    await file!.close()
  })

  it('is read as a whole if its decoder needs all bytes', async () => {
    const path = join(folder, 'photo.webp')
    writeFileSync(
      path,
      await sharp(noise, { raw: { width, height, channels: 3 } })
        .webp()
        .toBuffer(),
    )
    expect(await openLargeFile(path)).toBeUndefined()
  })

  it('is refused when it is larger than any photograph', async () => {
    const path = join(folder, 'huge.bmp')
    writeFileSync(path, bmp(24))
    truncateSync(path, 600 * 1024 * 1024)
    await expect(decodeImage(path)).rejects.toMatchObject({ code: 'IMAGE_TOO_LARGE' })
  })
})
