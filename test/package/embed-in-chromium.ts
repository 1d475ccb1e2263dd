/** Opens an application of the packed package in Chromium where it embeds the golden photographs and captions, or texts. */
import { readFileSync } from 'node:fs'
import type { LoadOptions } from '../../src/index'
import type { Page } from 'playwright-core'
import { startChromium } from '../browser/chromium'
import { largestDifference } from '../ops/compare'

/** `project/main.js` puts it on the page. */
type Embed = (
  checkpoint: string | undefined,
  options: LoadOptions,
  images: readonly string[],
  texts: readonly string[],
) => Promise<{ device: { backend: string }; embeddings: [number[], number[]] }>

/**
 * @param application URL of its page
 * @param files URL of the server for the folder `examples`
 * @returns the device, and the differences of images and texts from PyTorch's
 */
export async function embedInChromium(application: string, files: string, options: LoadOptions) {
  const golden = JSON.parse(readFileSync('examples/golden/golden.json', 'utf8')) as {
    images: string[]
    texts: string[]
    image_features: number[][]
    text_features: number[][]
  }
  const photos = golden.images.map((name) => `${files}/examples/photos/${name}`)
  const checkpoint = `${files}/examples/golden/golden.pt`
  const { device, embeddings } = await inApplication(application, (page) =>
    page.evaluate(
      ([checkpoint, options, images, texts]) =>
        (window as unknown as { embed: Embed }).embed(checkpoint, options, images, texts),
      [checkpoint, options, photos, golden.texts] as const,
    ),
  )
  const expected = [golden.image_features.flat(), golden.text_features.flat()]
  return {
    backend: device.backend,
    differences: embeddings.map((values, i) => largestDifference(values, expected[i]!)),
  }
}

/** The embedded model's embeddings of an image by its URL and of texts, and the files that the page fetched before. */
export async function embedWithModelInside(application: string, image: string, texts: readonly string[]) {
  return inApplication(application, async (page) => {
    const before = await page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name))
    const { embeddings } = await page.evaluate(
      ([image, texts]) => (window as unknown as { embed: Embed }).embed(undefined, { device: 'wasm' }, [image], texts),
      [image, texts] as const,
    )
    const after = await page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name))
    return { embeddings, before, after }
  })
}

async function inApplication<T>(application: string, work: (page: Page) => Promise<T>): Promise<T> {
  const browser = await startChromium()
  try {
    const page = await browser.newPage()
    await page.goto(application)
    await page.waitForFunction(() => 'embed' in window)
    return await work(page)
  } finally {
    await browser.close()
  }
}
