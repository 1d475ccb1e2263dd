/** Gaussian blur like Pillow's `GaussianBlur`: three box blurs in each direction (src/libImaging/BoxBlur.c). */

/** This many box blurs together are nearly a Gaussian. */
const passes = 3

/** One half, in the weights' unit of 1/2^24: adding it rounds to nearest. */
const half = 1 << 23

/** Blurs RGB pixels in place. The pixels of the edge are repeated beyond it. @param sigma standard deviation in pixels */
export function blur(rgb: Uint8Array, width: number, sigma: number): void {
  const box = boxOf(sigma)
  blurRows(rgb, 3 * width, box)
  blurColumns(rgb, 3 * width, box)
}

/** The number of pixels on each side with full weight. One more has a smaller weight. */
interface Box {
  readonly radius: number
  readonly weight: number
  readonly edgeWeight: number
}

/** The box whose blur, done three times, has the variance (Gwosdek et al., 2011). */
function boxOf(sigma: number): Box {
  const variance = sigma ** 2 / passes
  const radius = Math.floor((Math.sqrt(12 * variance + 1) - 1) / 2)
  const rest = ((2 * radius + 1) * (radius * (radius + 1) - 3 * variance)) / (6 * (variance - (radius + 1) ** 2))
  const weight = Math.floor(2 ** 24 / (2 * (radius + rest) + 1))
  return { radius, weight, edgeWeight: (2 ** 24 - (2 * radius + 1) * weight) >> 1 }
}

function blurRows(rgb: Uint8Array, length: number, box: Box): void {
  const margin = 3 * (box.radius + 1)
  const starts = Int32Array.from({ length: 2 * box.radius + 3 }, (_, k) => 3 * k)
  let [line, next] = [new Uint8Array(length + 2 * margin), new Uint8Array(length + 2 * margin)]
  for (let row = 0; row < rgb.length; row += length) {
    line.set(rgb.subarray(row, row + length), margin)
    for (let pass = 0; pass < passes; pass++) {
      for (let i = 0; i < margin; i++) {
        line[i] = line[margin + (i % 3)]!
        line[margin + length + i] = line[margin + length - 3 + (i % 3)]!
      }
      mix(line, starts, next, margin, length, box)
      ;[line, next] = [next, line]
    }
    rgb.set(line.subarray(margin, margin + length), row)
  }
}

function blurColumns(rgb: Uint8Array, length: number, box: Box): void {
  const rows = rgb.length / length
  const starts = new Int32Array(2 * box.radius + 3)
  let [from, into]: [Uint8Array, Uint8Array] = [rgb, new Uint8Array(rgb.length)]
  for (let pass = 0; pass < passes; pass++) {
    for (let y = 0; y < rows; y++) {
      for (let k = 0; k < starts.length; k++) {
        starts[k] = length * Math.min(rows - 1, Math.max(0, y + k - box.radius - 1))
      }
      mix(from, starts, into, y * length, length, box)
    }
    ;[from, into] = [into, from]
  }
  if (from !== rgb) rgb.set(from)
}

/** Weighted sums of the bytes from `starts`. The two outermost have a smaller weight. */
function mix(
  source: Uint8Array,
  starts: Int32Array,
  into: Uint8Array,
  at: number,
  length: number,
  { radius, weight, edgeWeight }: Box,
): void {
  const [first, last] = [starts[0]!, starts[2 * radius + 2]!]
  // Separate loops for the radii of a sigma of up to 2.4, because an inner loop takes three times as long.
  if (radius === 0) {
    const middle = starts[1]!
    for (let i = 0; i < length; i++)
      into[at + i] =
        (Math.imul(source[middle + i]!, weight) +
          Math.imul(source[first + i]! + source[last + i]!, edgeWeight) +
          half) >>>
        24
  } else if (radius === 1) {
    const [left, middle, right] = [starts[1]!, starts[2]!, starts[3]!]
    for (let i = 0; i < length; i++) {
      const sum = source[left + i]! + source[middle + i]! + source[right + i]!
      into[at + i] =
        (Math.imul(sum, weight) + Math.imul(source[first + i]! + source[last + i]!, edgeWeight) + half) >>> 24
    }
  } else {
    for (let i = 0; i < length; i++) {
      let sum = 0
      for (let k = 1; k <= 2 * radius + 1; k++) sum += source[starts[k]! + i]!
      into[at + i] =
        (Math.imul(sum, weight) + Math.imul(source[first + i]! + source[last + i]!, edgeWeight) + half) >>> 24
    }
  }
}
