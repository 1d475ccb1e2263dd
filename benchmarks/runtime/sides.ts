/** Runs the sides of a comparison in turn, each in its own process, because threads of sessions in one process interfere. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { median, runPeer } from '../python'

const run = promisify(execFile)

/** Lets a side use tfjs's gradients. */
const hooks = new URL('../../scripts/tfjs-modules.mjs', import.meta.url).href

/** All sides use the same number of threads. */
export const threads = 2

/** One way to do the work: measures it once in a new process. */
export type Side<Result> = () => Promise<Result>

/** A side that is a script of this folder, in TypeScript; its argument and its output are one JSON document each. */
export function nodeSide<Result>(script: string, args: object): Side<Result> {
  const file = fileURLToPath(new URL(script, import.meta.url))
  return async () => {
    const { stdout } = await run(process.execPath, ['--import', 'tsx', '--import', hooks, file, JSON.stringify(args)], {
      maxBuffer: 1 << 26,
    })
    return JSON.parse(stdout.trim().split('\n').at(-1)!) as Result
  }
}

/** A side that is a script of this folder, in Python. */
export function pythonSide<Result>(script: string, args: object): Side<Result> {
  return () => runPeer<Result>(`runtime/${script}`, [JSON.stringify(args)])
}

/** Runs every side once per round, in turn. Returns the results of all rounds for each side. */
export async function inTurn<Name extends string, Result>(
  sides: Readonly<Record<Name, Side<Result>>>,
  rounds: number,
): Promise<Record<Name, Result[]>> {
  const entries = Object.entries<Side<Result>>(sides)
  const results = Object.fromEntries(entries.map(([name]) => [name, [] as Result[]])) as Record<Name, Result[]>
  for (let round = 0; round < rounds; round++) {
    for (const [name, side] of entries) results[name as Name].push(await side())
  }
  return results
}

/** The median over rounds of `a / b`, both of the same round. */
export function medianRatio(a: readonly number[], b: readonly number[]): number {
  return median(a.map((value, round) => value / b[round]!))
}
