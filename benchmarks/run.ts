/** Runs all benchmarks, or the named ones: `npm run bench -- tokenizer images`. */
import { availableParallelism, cpus } from 'node:os'
import { bulkBenchmark } from './bulk'
import { bulkFaultsBenchmark } from './bulk-faults'
import { checkpointBenchmark } from './checkpoint'
import { dataBenchmark } from './data'
import { firstAnswerBenchmark } from './first-answer'
import { imagesBenchmark } from './images'
import { lanceBenchmark } from './lance'
import { longTextsBenchmark } from './long-texts'
import { lossesBenchmark } from './losses'
import { memoryBenchmark } from './memory'
import { modelFilesBenchmark } from './model-files'
import { paragraphSearchBenchmark } from './paragraph-search'
import { browserBenchmark } from './runtime/browser'
import { browserThreadsBenchmark } from './runtime/browser-threads'
import { browserWorkerBenchmark } from './runtime/browser-worker'
import { coldStartBenchmark } from './runtime/cold-start'
import { optimizerBenchmark } from './optimizer'
import { queueBenchmark } from './queue'
import { decodeModesBenchmark } from './runtime/decode-modes'
import { photographsBenchmark } from './runtime/photographs'
import { imageBenchmark } from './runtime/image'
import { textBenchmark } from './runtime/text'
import { zeroShotBenchmark } from './runtime/zero-shot'
import { tokenizerBenchmark } from './tokenizer'
import { trainingBenchmark } from './training'
import { serverBenchmark } from './server'
import { vectorSearchBenchmark } from './vector-search'
import { workerBenchmark } from './worker'

const runtime: Readonly<Record<string, () => Promise<void>>> = {
  'runtime-image': imageBenchmark,
  'runtime-text': textBenchmark,
  'runtime-zero-shot': zeroShotBenchmark,
  'runtime-cold-start': coldStartBenchmark,
  'runtime-browser': browserBenchmark,
  'runtime-browser-threads': browserThreadsBenchmark,
  'runtime-browser-worker': browserWorkerBenchmark,
}

/** `runtime` stands for all benchmarks whose names start with it. */
const benchmarks: Readonly<Record<string, () => Promise<void>>> = {
  tokenizer: tokenizerBenchmark,
  images: imagesBenchmark,
  data: dataBenchmark,
  'first-answer': firstAnswerBenchmark,
  checkpoint: checkpointBenchmark,
  'long-texts': longTextsBenchmark,
  'paragraph-search': paragraphSearchBenchmark,
  losses: lossesBenchmark,
  memory: memoryBenchmark,
  'model-files': modelFilesBenchmark,
  training: trainingBenchmark,
  optimizer: optimizerBenchmark,
  queue: queueBenchmark,
  bulk: bulkBenchmark,
  'bulk-faults': bulkFaultsBenchmark,
  worker: workerBenchmark,
  photographs: photographsBenchmark,
  'decode-modes': decodeModesBenchmark,
  server: serverBenchmark,
  'vector-search': vectorSearchBenchmark,
  lance: lanceBenchmark,
  ...runtime,
}

/** Long benchmarks, which run only if they are named. */
const onlyByName = [
  'long-texts',
  'losses',
  'memory',
  'model-files',
  'paragraph-search',
  'training',
  'optimizer',
  'queue',
  'bulk',
  'bulk-faults',
  'worker',
  'photographs',
  'decode-modes',
  'server',
  'vector-search',
  'lance',
  ...Object.keys(runtime),
]
const given = process.argv.slice(2).flatMap((name) => (name === 'runtime' ? Object.keys(runtime) : [name]))
const names = given.length > 0 ? given : Object.keys(benchmarks).filter((name) => !onlyByName.includes(name))
const unknown = names.filter((name) => !(name in benchmarks))
if (unknown.length > 0) {
  console.error(
    `No benchmark is named ${unknown.join(', ')}. There are: ${Object.keys(benchmarks).join(', ')}; runtime names several.`,
  )
  process.exit(2)
}
console.log(`Node ${process.version}, ${availableParallelism()} × ${cpus()[0]?.model ?? 'unknown processor'}\n`)
for (const name of names) {
  await benchmarks[name]!()
  console.log()
}
