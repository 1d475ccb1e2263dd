/** Draws a contact sheet: scenes of all splits with their captions. */
import sharp, { type OverlayOptions } from 'sharp'
import { drawScene } from '../scenes/draw'
import type { Icons } from '../icons/icons'
import { sampleOf, type SplitName } from './samples'

/** One row per split. */
const shown: readonly SplitName[] = ['train', 'validation', 'held-out-styles', 'held-out-emoji']
const [columns, rows] = [6, 4]
const [side, textHeight, gap] = [128, 190, 10]

/** A PNG file. */
export async function drawContactSheet(seed: number, icons: Icons): Promise<Uint8Array> {
  const cells = shown.flatMap((split, row) =>
    Array.from({ length: columns }, (_, column) => drawCell({ split, number: column, seed }, row, column, icons)),
  )
  return sharp({
    create: {
      width: columns * (side * 1.75 + gap) + gap,
      height: rows * (side + textHeight + gap) + gap,
      channels: 3,
      background: '#fff',
    },
  })
    .composite((await Promise.all(cells)).flat())
    .png({ palette: true, colors: 48, dither: 0, effort: 10 })
    .toBuffer()
}

async function drawCell(
  numbers: { readonly split: SplitName; readonly number: number; readonly seed: number },
  row: number,
  column: number,
  icons: Icons,
): Promise<OverlayOptions[]> {
  const { scene, captions } = sampleOf(numbers)
  const { image } = await drawScene(scene, side, icons)
  const left = gap + column * (side * 1.75 + gap)
  const top = gap + row * (side + textHeight + gap)
  const lines = [
    `${numbers.split} ${numbers.number}`,
    captions.raw,
    captions.short,
    ...captions.long.map(({ text, object }) => `${object === null ? '–' : object + 1}: ${text}`),
  ]
  const raw = { width: side, height: side, channels: 3 } as const
  return [
    { input: Buffer.from(image.data), raw, left, top },
    { input: textPicture(lines, side * 1.75, textHeight), left, top: top + side },
  ]
}

/** Lines of text as SVG. Long lines are wrapped. */
function textPicture(lines: readonly string[], width: number, height: number): Buffer {
  const broken = lines.flatMap((line) => line.match(/.{1,48}(?:\s|$)/g) ?? [line])
  const texts = broken.map((line, i) => `<text x="0" y="${12 + i * 10.5}">${escapeXML(line)}</text>`)
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-size="9" font-family="sans-serif">${texts.join('')}</svg>`,
  )
}

function escapeXML(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
