/** Runs the benchmarks: all of them, or those named: `npm run bench -- tokenizer images`. */
import { availableParallelism, cpus } from 'node:os'
import { checkpointBenchmark } from './checkpoint'
import { imagesBenchmark } from './images'
import { memoryBenchmark } from './memory'
import { browserBenchmark } from './runtime/browser'
import { tokenizerBenchmark } from './tokenizer'

const benchmarks: Readonly<Record<string, () => Promise<void>>> = {
  tokenizer: tokenizerBenchmark,
  images: imagesBenchmark,
  checkpoint: checkpointBenchmark,
  memory: memoryBenchmark,
  'runtime-browser': browserBenchmark,
}

/** Long ones run only when they are named. */
const onlyByName = ['memory', 'runtime-browser']
const names =
  process.argv.length > 2 ? process.argv.slice(2) : Object.keys(benchmarks).filter((name) => !onlyByName.includes(name))
const unknown = names.filter((name) => !(name in benchmarks))
if (unknown.length > 0) {
  console.error(`No benchmark is named ${unknown.join(', ')}. There are: ${Object.keys(benchmarks).join(', ')}.`)
  process.exit(2)
}
console.log(`Node ${process.version}, ${availableParallelism()} × ${cpus()[0]?.model ?? 'unknown processor'}\n`)
for (const name of names) {
  await benchmarks[name]!()
  console.log()
}
