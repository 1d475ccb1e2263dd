/** Text and pictures as HTML. */
import sharp from 'sharp'
import { heatColor, type HeatMap, type RawImage } from 'dreamlip'

/** The longest side of a picture in the page. */
const longest = 400

export function escape(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
}

/** Embeds a picture in the page. @param kind a class for its style */
export async function image(picture: RawImage, alt: string, kind = ''): Promise<string> {
  const { data, width, height, channels } = picture
  const webp = await sharp(data, { raw: { width, height, channels: channels as 3 } })
    .resize({ width: longest, height: longest, fit: 'inside', withoutEnlargement: true })
    .webp({ quality: 88 })
    .toBuffer()
  const named = kind && ` class="${kind}"`
  return `<img${named} alt="${escape(alt)}" src="data:image/webp;base64,${webp.toString('base64')}">`
}

/** Cells of an overlay along its longer side. Browsers draw it smooth. */
const cells = 40

/** A heat map to lay over its picture: from violet to yellow, and the more opaque the better the place fits. */
export function overlayOf({ data, shape: [height, width] }: HeatMap): RawImage {
  const scale = Math.min(1, cells / Math.max(height, width))
  const [rows, columns] = [Math.round(height * scale), Math.round(width * scale)]
  const middle = (index: number, count: number, length: number) => Math.floor(((index + 0.5) * length) / count)
  const values = Float32Array.from(
    { length: rows * columns },
    (_, i) => data[middle(Math.floor(i / columns), rows, height) * width + middle(i % columns, columns, width)]!,
  )
  const [low, high] = [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))]
  const pixels = new Uint8Array(values.length * 4) // [rows, columns, 4]
  values.forEach((value, i) => {
    const share = high > low ? (value - low) / (high - low) : 0
    pixels.set([...heatColor(share), 90 + 120 * share].map(Math.round), 4 * i)
  })
  return { data: pixels, width: columns, height: rows, channels: 4 }
}

export async function renderAll<T>(
  all: readonly T[],
  render: (each: T, index: number) => string | Promise<string>,
): Promise<string> {
  return (await Promise.all(all.map(render))).join('\n')
}

export function verdict(right: boolean, text?: string): string {
  const words = text === undefined ? `<span class="unseen">${right ? 'right' : 'wrong'}</span>` : escape(text)
  return `<span class="${right ? 'yes' : 'no'}">${right ? '✓' : '✗'} ${words}</span>`
}

export function percent(share: number): string {
  return `${Math.round(100 * share)} %`
}
