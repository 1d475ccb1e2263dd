/** The drawings of a report: recall curves, a bar per class, and the confusion of classes. */
import type { ClassFigure, Confusion, Curve } from '../task/result'
import { percent } from './groups'
import { element, escapeHTML, round, shortened, svg, svgText } from './html'

/** Lines can be told apart by their colours, and by their dashes. */
const lineStyles = 6

const plot = { left: 46, top: 12, width: 420, height: 220, bottom: 40 } as const

/** Recall by K as lines, one per curve, with a legend below. K is on a logarithmic axis. */
export function lineChart(curves: readonly Curve[], description: string): string {
  const drawn = curves.filter(({ points }) => points.length > 0 && points.every((point) => point.length === 2))
  const xs = [...new Set(drawn.flatMap(({ points }) => points.map(([x]) => x)))].sort((a, b) => a - b)
  if (xs.length === 0) return ''
  const [first, last] = [Math.log(Math.max(xs[0]!, 1e-9)), Math.log(Math.max(xs.at(-1)!, 1e-9))]
  const xAt = (x: number) => plot.left + (plot.width * (Math.log(Math.max(x, 1e-9)) - first)) / (last - first || 1)
  const yAt = (y: number) => plot.top + plot.height * (1 - Math.min(1, Math.max(0, y)))
  const grid = [0, 0.25, 0.5, 0.75, 1].map((y) => {
    const line = { class: 'grid', x1: plot.left, x2: plot.left + plot.width, y1: yAt(y), y2: yAt(y) }
    return element('line', line) + svgText(plot.left - 8, yAt(y) + 4, `${100 * y} %`, { 'text-anchor': 'end' })
  })
  const ticks = xs.map((x) => svgText(xAt(x), plot.top + plot.height + 18, String(x), { 'text-anchor': 'middle' }))
  const lines = drawn.map(({ name, points }, i) => {
    const at = points.map(([x, y]) => `${round(xAt(x))},${round(yAt(y))}`).join(' ')
    const dots = points.map(([x, y]) => {
      const title = element('title', {}, escapeHTML(`${name}: ${percent(y)} % at ${x}`))
      return element('circle', { cx: round(xAt(x)), cy: round(yAt(y)), r: 3.5 }, title)
    })
    return element('g', { class: `line s${i % lineStyles}` }, element('polyline', { points: at }) + dots.join(''))
  })
  const legendTop = plot.top + plot.height + plot.bottom
  const legend = drawn.map(({ name }, i) => {
    const y = legendTop + 18 * i
    const sample = element('line', { x1: plot.left, x2: plot.left + 28, y1: y, y2: y })
    return (
      element('g', { class: `line s${i % lineStyles}` }, sample) + svgText(plot.left + 36, y + 4, shortened(name, 60))
    )
  })
  const height = legendTop + 18 * drawn.length
  return svg(plot.left + plot.width + 24, height, description, [...grid, ...ticks, ...lines, ...legend].join(''))
}

const bar = { label: 190, width: 240, value: 60, height: 20 } as const

/** Longer lists show their weakest classes only. */
export const mostBars = 48

/** One bar per class, the weakest first. */
export function classBars(classes: readonly ClassFigure[], description: string): string {
  const rows = weakestFirst(classes).map(({ name, value, count }, i) => {
    const y = i * bar.height
    const share = Math.min(1, Math.max(0, value ?? 0))
    const title = element('title', {}, escapeHTML(`${name}: ${percent(value)} % of ${count.toLocaleString('en')}`))
    const label = svgText(bar.label - 8, y + 14, shortened(name, 26), { 'text-anchor': 'end' })
    const track = element('rect', {
      class: 'track',
      x: bar.label,
      y: y + 3,
      width: bar.width,
      height: bar.height - 6,
      rx: 3,
    })
    const filled = element('rect', {
      class: 'bar',
      x: bar.label,
      y: y + 3,
      width: round(bar.width * share),
      height: bar.height - 6,
      rx: 3,
    })
    const text = svgText(bar.label + bar.width + 8, y + 14, value === null ? 'none' : percent(value))
    return element('g', {}, title + label + track + filled + text)
  })
  return svg(bar.label + bar.width + bar.value, rows.length * bar.height, description, rows.join(''))
}

/** Classes that occur, by their figure; at most `mostBars` of them. */
export function weakestFirst(classes: readonly ClassFigure[]): ClassFigure[] {
  const occurring = classes.filter(({ value, count }) => value !== null || count > 0)
  return [...occurring].sort((a, b) => (a.value ?? 0) - (b.value ?? 0)).slice(0, mostBars)
}

/** Larger matrices show the classes that are confused most. */
const mostClasses = 32

const cell = 16
const labelSpace = 132

/** A square per pair of classes: rows are the true class, columns the predicted one; the darker, the larger the share of the row. */
export function confusionMatrix(confusion: Confusion, description: string): string {
  const shown = classesToShow(confusion)
  const place = new Map(shown.map((label, i) => [label, i]))
  const totals = new Map<number, number>()
  for (const [truth, , count] of confusion.counts) totals.set(truth, (totals.get(truth) ?? 0) + count)
  const name = (label: number) => confusion.classes[label] ?? ''
  const side = labelSpace + cell * shown.length
  const labels = shown.flatMap((label, i) => {
    const middle = labelSpace + cell * i + cell / 2
    const text = shortened(name(label), 20)
    return [
      svgText(labelSpace - 6, middle + 4, text, { 'text-anchor': 'end' }),
      svgText(0, 0, text, { transform: `translate(${middle + 4} ${labelSpace - 6}) rotate(-90)` }),
    ]
  })
  const cells = confusion.counts.flatMap(([truth, predicted, count]) => {
    const [row, column] = [place.get(truth), place.get(predicted)]
    if (row === undefined || column === undefined || count === 0) return []
    const share = count / totals.get(truth)!
    const words = `${name(truth)} taken for ${name(predicted)}: ${count.toLocaleString('en')} (${percent(share)} %)`
    const square = {
      class: truth === predicted ? 'right' : 'wrong',
      x: labelSpace + cell * column,
      y: labelSpace + cell * row,
      width: cell - 1,
      height: cell - 1,
      'fill-opacity': round(0.08 + 0.92 * share),
    }
    return [element('rect', square, element('title', {}, escapeHTML(words)))]
  })
  const frame = element('rect', {
    class: 'frame',
    x: labelSpace,
    y: labelSpace,
    width: side - labelSpace,
    height: side - labelSpace,
  })
  return svg(side + 4, side + 4, description, frame + labels.join('') + cells.join(''))
}

/** All classes if they are few; otherwise those of the most frequent confusions, in their own order. */
function classesToShow({ classes, counts }: Confusion): number[] {
  if (classes.length <= mostClasses) return classes.map((_, label) => label)
  const shown = new Set<number>()
  for (const [truth, predicted] of wrongPairs({ classes, counts })) {
    if (shown.size + 2 > mostClasses) break
    shown.add(truth).add(predicted)
  }
  return [...shown].sort((a, b) => a - b)
}

/** The pairs of different classes, the most frequent first. */
export function wrongPairs({
  classes,
  counts,
}: Confusion): (readonly [truth: number, predicted: number, count: number])[] {
  const known = (label: number) => label < classes.length
  return counts
    .filter(([truth, predicted]) => truth !== predicted && known(truth) && known(predicted))
    .sort((a, b) => b[2] - a[2])
}
