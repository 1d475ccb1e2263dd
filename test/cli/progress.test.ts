/** The progress bar. */
import { expect, it } from 'vitest'
import { createProgressBar, formatBytes, renderStep } from '../../src/cli/progress'

function terminal(isTTY = true) {
  const written: string[] = []
  return {
    written,
    stream: { isTTY, columns: 60, write: (text: string | Uint8Array) => written.push(String(text)) > 0 },
  }
}

it('shows how far a step is, images per second, and the time left', () => {
  expect(renderStep({ stage: 'images', done: 30, total: 120 }, 10)).toBe(
    'Images      ██████░░░░░░░░░░░░░░░░░░  25 %  30 of 120  3.0/s  0:30 left',
  )
  expect(renderStep({ stage: 'load', done: 598_574_971, total: 598_574_971 }, 0.5)).toBe(
    'Loading     ████████████████████████ 100 %  599 MB of 599 MB',
  )
})

it('shows only the amount if the total is unknown', () => {
  expect(renderStep({ stage: 'download', done: 1_500_000 }, 60)).toBe('Downloading 1.50 MB')
})

it.each([
  [0, '0 bytes'],
  [999, '999 bytes'],
  [1000, '1.00 kB'],
  [12_345_678, '12.3 MB'],
  [1_795_793_693, '1.80 GB'],
])('formats %d bytes as %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text)
})

it('stays within the width of the terminal, draws rarely, and leaves no trace', () => {
  const { written, stream } = terminal()
  let now = 0
  const bar = createProgressBar(stream, () => now)
  for (now of [0, 10, 90]) bar.show({ stage: 'images', done: 123_456 + now, total: 987_654_321 })
  bar.clear()
  bar.clear()
  expect(written).toHaveLength(3)
  expect(written[0]!.replace('\r\x1b[2K', '').length).toBeLessThan(60)
  expect(written[1]).toContain('123546')
  expect(written[2]).toBe('\r\x1b[2K')
})

it('writes nothing if standard error is not a terminal', () => {
  const { written, stream } = terminal(false)
  const bar = createProgressBar(stream)
  bar.show({ stage: 'images', done: 1, total: 2 })
  bar.clear()
  expect(written).toEqual([])
})
