/** Prints the demo's results. */
import type { Agreement } from './agreement'
import type { Findings, Score } from './findings'

export function printFindings({ about, scores, named, sought, located, divided }: Findings): void {
  console.log(`\n${about}\n`)
  scores.forEach(printScore)

  console.log('\nWhat is it?\n')
  for (const { about, truth, scores } of named.all) {
    const [best] = scores as [{ label: string; score: number }]
    const bar = '█'.repeat(Math.round(10 * best.score)).padEnd(10)
    const answer = best.label === truth ? truth : `${best.label}, but it is: ${truth}`
    console.log(`  ${mark(best.label === truth)} ${about.padEnd(22)}${percent(best.score)} ${bar} ${answer}`)
  }

  console.log('\nWhich picture does the caption describe?\n')
  for (const { sentences, rank } of sought.all) {
    console.log(`  ${mark(rank === 1)} place ${String(rank).padEnd(4)}${shorten(sentences.join(' '), 90)}`)
  }

  console.log('\nWhere is it? (The heat maps are in the page.)\n')
  for (const { maps } of located.all) {
    for (const { text, thing } of maps) console.log(`  ${thing ? mark(thing.hit) : '·'} ${text}`)
  }

  console.log('\nWhat is each part? (The pictures are in the page.)\n')
  for (const { legend, truth } of divided.all) {
    const parts = legend.map(({ label, share }) => `${label} ${percent(share).trim()}`).join(', ')
    console.log(`  ${truth ? `${percent(truth.agreeing)} of the pixels right: ` : ''}${parts}`)
  }
}

export function printAgreement(agreement: readonly Agreement[]): void {
  console.log('\nThe same numbers as PyTorch? (A small model with random weights, here and in Python.)\n')
  for (const { what, of, result, good } of agreement) {
    console.log(`  ${mark(good)} ${what.padEnd(18)}${of.padEnd(16)}${result}`)
  }
}

function printScore({ what, right, of, chance }: Score): void {
  console.log(`  ${percent(right / of)}  ${what} (${right} of ${of}; by chance ${chance})`)
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0).padStart(3)} %`
}

function mark(good: boolean): string {
  return good ? '✓' : '✗'
}

function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`
}
