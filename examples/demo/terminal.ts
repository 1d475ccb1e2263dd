/** Prints the demo's results. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Agreement } from './agreement'
import type { Findings, Score } from './findings'

export function printFindings({ about, seed, scores, named, explored }: Findings): void {
  console.log(`\n${about}`)
  if (seed !== undefined) console.log(`Chance chose what follows; --seed ${seed} repeats it.`)

  console.log('\nHow often is it right?\n')
  const widest = Math.max(...scores.map(({ what }) => what.length))
  for (const score of scores) printScore(score, widest)

  console.log('\nWhat is it?\n')
  for (const { about, truth, answers } of named.all) {
    const [best] = answers as [{ name: string; score: number; right: boolean }]
    const answer = best.right ? best.name : `${best.name}, but it is: ${truth}`
    console.log(`  ${mark(best.right)} ${about.padEnd(28)}${percent(best.score)}  ${answer}`)
  }

  console.log('\nWhich picture does the caption describe?\n')
  for (const { sentences, rank, of } of explored.all) {
    console.log(`  ${mark(rank === 1)} place ${String(rank).padStart(3)} of ${of}  ${shorten(sentences.join(' '), 80)}`)
  }
}

export function printAgreement(agreement: readonly Agreement[]): void {
  console.log('\nThe same numbers as PyTorch? (A small model with random weights, here and in Python.)\n')
  for (const { what, of, result, good } of agreement) {
    console.log(`  ${mark(good)} ${what.padEnd(18)}${of.padEnd(16)}${result}`)
  }
}

/** @param out the folder of the page */
export function printNext(page: string, out: string): void {
  const index = join(out, 'scenes.index')
  const build = existsSync('dist/cli.js') ? [] : ['npm run build']
  const search = [
    ...build,
    `npx dreamlip index examples/scenes --into ${index}`,
    `npx dreamlip search --in ${index} --top 3 'There is a box of popcorn. The sky is dark and full of tiny lights.'`,
  ]
  console.log('\nWhat next?\n')
  console.log(`  open    ${page}`)
  search.forEach((line, i) => console.log(`  ${i === 0 ? 'search ' : '       '} ${line}`))
}

function printScore({ what, right, of, chance }: Score, widest: number): void {
  console.log(`  ${what.padEnd(widest)}  ${String(right).padStart(3)} of ${String(of).padEnd(3)}  by chance ${chance}`)
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
