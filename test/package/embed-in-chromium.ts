/** Opens an application of the packed package in Chromium and has it embed the golden photographs and captions. */
import { readFileSync } from 'node:fs'
import type { RuntimeOptions } from '../../src/index'
import { startChromium } from '../browser/chromium'
import { largestDifference } from '../ops/compare'

/** `project/main.js` puts it on the page. */
type Embed = (
  checkpoint: string,
  options: RuntimeOptions,
  images: readonly string[],
  texts: readonly string[],
) => Promise<{ device: { backend: string }; embeddings: [number[], number[]] }>

/**
 * @param application URL of its page
 * @param files URL of the server that has the folder `examples`
 * @returns what computed, and how far images and texts are from PyTorch's
 */
export async function embedInChromium(application: string, files: string, options: RuntimeOptions) {
  const golden = JSON.parse(readFileSync('examples/golden/golden.json', 'utf8')) as {
    images: string[]
    texts: string[]
    image_features: number[][]
    text_features: number[][]
  }
  const browser = await startChromium()
  try {
    const page = await browser.newPage()
    await page.goto(application)
    await page.waitForFunction(() => 'embed' in window)
    const { device, embeddings } = await page.evaluate(
      ([files, options, images, texts]) =>
        (window as unknown as { embed: Embed }).embed(`${files}/examples/golden/golden.pt`, options, images, texts),
      [files, options, golden.images.map((name) => `${files}/examples/photos/${name}`), golden.texts] as const,
    )
    const expected = [golden.image_features.flat(), golden.text_features.flat()]
    return {
      backend: device.backend,
      differences: embeddings.map((values, i) => largestDifference(values, expected[i]!)),
    }
  } finally {
    await browser.close()
  }
}
