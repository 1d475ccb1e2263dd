/** The errors for paths on a platform without a disk (a browser). */
import { describe, expect, it, vi } from 'vitest'
import { disk as ofBrowsers } from '../../src/bytes/disk.browser.ts'
import { openByteSource } from '../../src/bytes/read/open-source'
import { readBytes } from '../../src/bytes/read/read-bytes'
import { readCheckpoint } from '../../src/checkpoint/read-checkpoint'
import { encodedBytes } from '../../src/images/decode/source/image-bytes.browser.ts'
import { DreamLIP } from '../../src/index'
import { tiny } from '../training/tiny'

vi.mock('../../src/bytes/disk.node.ts', async () => import('../../src/bytes/disk.browser.ts'))

describe('a browser', () => {
  it('has no disk', () => expect(ofBrowsers).toBeUndefined())

  it('is told what to pass in place of a path to read', async () => {
    const refusal = {
      code: 'SOURCE_UNREADABLE',
      message: expect.stringMatching(
        /model\.pt: a browser cannot open a file by its path\. Pass .* the bytes/,
      ) as string,
    }
    await expect(openByteSource('folder/model.pt')).rejects.toMatchObject(refusal)
    await expect(readBytes(new URL('file:///folder/model.pt'), { limit: 9 })).rejects.toMatchObject(refusal)
  })

  it('takes Windows’ paths for paths, not for addresses of the page', async () => {
    vi.stubGlobal('document', { baseURI: 'http://localhost/page/' })
    try {
      for (const path of ['C:\\a.pt', 'c:/a.pt', '\\\\server\\share\\a.pt']) {
        const refusal = {
          code: 'SOURCE_UNREADABLE',
          message: expect.stringContaining(`${path}: a browser cannot`) as string,
        }
        await expect(openByteSource(path)).rejects.toMatchObject(refusal)
        await expect(readCheckpoint(path)).rejects.toMatchObject(refusal)
        await expect(encodedBytes(path)).rejects.toMatchObject(refusal)
      }
    } finally {
      vi.unstubAllGlobals()
    }
  })

  it('is told what to call in place of writing to a path, before anything is computed', async () => {
    const model = await DreamLIP.create(tiny, { seed: 1 })
    try {
      const refusal = { code: 'WRITE_FAILED', message: expect.stringContaining('toBlob()') as string }
      await expect(model.save('tuned.safetensors')).rejects.toMatchObject(refusal)
      const onProgress = vi.fn()
      await expect(model.exportOnnx('image.onnx', { part: 'image', onProgress })).rejects.toMatchObject(refusal)
      expect(onProgress).not.toHaveBeenCalled()
    } finally {
      model.dispose()
    }
  })

  it('still opens bytes', async () => {
    expect((await openByteSource(new Uint8Array(3))).byteLength).toBe(3)
  })
})
