/** Images of palette indices. */
import type { OpenImage } from '../open-image'
import type { RawImage } from '../raw-image'

export interface Palette {
  readonly colours: Uint8Array
  /** Bytes per colour; default 3. */
  readonly step?: 3 | 4
  /** The positions of red, green and blue in a colour; default 0, 1, 2. */
  readonly order?: readonly [number, number, number]
}

/** Whether each colour is the gray of its own index. Pillow treats this as a gray image, which is resized smoothly. */
export function isGrayRamp(colours: Uint8Array, step: 3 | 4): boolean {
  for (let i = 0; i * step + 2 < colours.length; i++) {
    for (let c = 0; c < 3; c++) if (colours[i * step + c] !== i) return false
  }
  return true
}

/** Reads some rows of an image. */
export type ReadRows = (top: number, rows: number) => RawImage

/** An image whose indices become colours as they are read. Without a palette they are grays. */
export function openIndices(
  { width, height }: Pick<RawImage, 'width' | 'height'>,
  indices: ReadRows,
  palette?: Palette,
): OpenImage {
  const read: ReadRows = palette ? (top, rows) => expandPalette(indices(top, rows), palette) : indices
  return { width, height, palette: palette !== undefined, read }
}

/** Indices beyond the end of the palette are black. */
function expandPalette({ data: indices, width, height }: RawImage, palette: Palette): RawImage {
  const { colours, step = 3, order = [0, 1, 2] } = palette
  const [red, green, blue] = order
  const data = new Uint8Array(indices.length * 3) // [height, width, 3]
  for (let i = 0, out = 0; i < indices.length; i++, out += 3) {
    const at = indices[i]! * step
    data[out] = colours[at + red] ?? 0
    data[out + 1] = colours[at + green] ?? 0
    data[out + 2] = colours[at + blue] ?? 0
  }
  return { data, width, height, channels: 3, palette: true }
}
