/** The page of a search: self-contained, and safe for all names. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decodeImage, DreamLIP, encodePNG, makeThumbnail, renderSearchPage } from '../../../src/index.node.ts'
import { plainPicture } from '../../evaluation/small-model'

const folder = mkdtempSync(join(tmpdir(), 'dreamlip-page-'))
const path = join(folder, `<img src=x onerror="alert('1')"> & 'b'.png`)
let model: DreamLIP
beforeAll(async () => {
  model = await DreamLIP.load()
  writeFileSync(path, await encodePNG(plainPicture(200, 30, 40, 400)))
})
afterAll(() => {
  model.dispose()
  rmSync(folder, { recursive: true, force: true })
})

const sentence = (text: string, score: number) => ({ text, score, cosine: 0.2, answered: score > 2 })
const hit = () => ({ path, score: 2.5, sentences: [sentence('A <b>dog</b>', 3.14), sentence('"the sea"', 0.2)] })

describe('renderSearchPage', () => {
  it('has a small copy of each picture, a heat map per sentence, and what is answered', async () => {
    const page = await renderSearchPage('A dog & the sea', { hits: [hit()], fits: true }, { model })
    const addresses = [...page.matchAll(/src="data:(image\/\w+);base64,([^"]+)"/g)]
    const sizes = await Promise.all(addresses.map(([, , data]) => decodeImage(Buffer.from(data!, 'base64'))))
    expect(sizes.map(({ width, height, channels }) => [width, height, channels])).toEqual([
      [320, 320, 3],
      [80, 80, 4],
      [80, 80, 4],
    ])
    expect(page).toMatch(/class="s0 yes" tabindex="0".*✓.*3\.1/)
    expect(page).toMatch(/class="s1 no" tabindex="0".*–.*0\.2/)
    expect(page).toContain('article:has(.s1:is(:hover, :focus)) .m1')
    expect(page).toContain(`href="${pathToFileURL(path).href.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`)}"`)
    expect(page).not.toContain('No picture stands out')
  })

  it('escapes names and sentences', async () => {
    const page = await renderSearchPage('</title><script>alert(1)</script>', { hits: [hit()] })
    expect(page).not.toMatch(/<script|<b>dog|<img src=x/)
    expect(page).toContain('A &#60;b&#62;dog&#60;/b&#62;')
  })

  it('forbids scripts and requests, and links nothing but files and pages', async () => {
    const hits = ['javascript:alert(1)', 'https://host/a.png', '/a\u202e\n.png'].map((id) => ({ ...hit(), path: id }))
    const page = await renderSearchPage('a', { hits }, { readImage: () => plainPicture(1, 2, 3) })
    const policy = page.match(/Content-Security-Policy" content="([^"]+)"/)![1]!
    expect(policy).toMatch(
      /^default-src 'none'; img-src data:; style-src 'sha256-[\w+/=]+'; base-uri 'none'; form-action 'none'$/,
    )
    expect(page).not.toContain('href="javascript:')
    expect(page).toContain('href="https://host/a.png"')
    expect(page).not.toContain('\u202e')
  })

  it('says that a picture cannot be read, and that nothing fits', async () => {
    const page = await renderSearchPage(
      'a',
      { hits: [{ path: join(folder, 'gone.png'), score: 1 }], fits: false },
      { model },
    )
    expect(page).toContain('cannot be read')
    expect(page).toContain('No picture stands out')
  })

  it('passes on errors that are not about a picture, and stops when it is told', async () => {
    const readImage = () => Promise.reject(new Error('broken'))
    await expect(renderSearchPage('a', { hits: [hit()] }, { readImage })).rejects.toThrow('broken')
    await expect(renderSearchPage('a', { hits: [hit()] }, { signal: AbortSignal.abort('enough') })).rejects.toBe(
      'enough',
    )
    await expect(renderSearchPage('', { hits: [] })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })
})

describe('makeThumbnail', () => {
  it('shrinks to the longest side and leaves small pictures as they are', async () => {
    const wide = { data: new Uint8Array(3 * 600 * 200), width: 600, height: 200, channels: 3 as const }
    const { image, type, bytes } = await makeThumbnail(wide, { side: 300, format: 'png' })
    expect([image.width, image.height, type]).toEqual([300, 100, 'image/png'])
    expect(await decodeImage(bytes)).toMatchObject({ width: 300, height: 100 })
    expect((await makeThumbnail(plainPicture(1, 2, 3, 20))).image).toMatchObject({ width: 20, height: 20 })
  })
})
