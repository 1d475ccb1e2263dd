/**
 * Keeps the main thread free: the model is in a worker thread, and the main thread asks it for embeddings.
 *
 *     npx tsx examples/worker.ts
 */
import { readdirSync } from 'node:fs'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { cosineSimilarity, DreamLIP, type Embeddings } from 'dreamlip'

type Question = { images: string[] } | { texts: string[] }
type Answer = { id: number } & ({ embeddings: Embeddings } | { error: string })

await (isMainThread ? search('some food at night', 'examples/scenes') : answerQuestions())

/** Runs in the worker. */
async function answerQuestions(): Promise<void> {
  const model = await DreamLIP.load(process.env.DREAMLIP_MODEL) // without a path: the small model inside the package
  parentPort!.on('message', ({ id, ...question }: Question & { id: number }) => {
    const embedding = 'images' in question ? model.encodeImage(question.images) : model.encodeText(question.texts)
    embedding.then(
      ({ data, shape }) => parentPort!.postMessage({ id, embeddings: { data, shape } }),
      (error: Error) => parentPort!.postMessage({ id, error: error.message }),
    )
  })
}

/** Starts a worker. `ask` may be called again before the first answer has come. */
function startWorker() {
  // In JavaScript: `new Worker(new URL(import.meta.url))`. Under tsx, a thread must load tsx first.
  const load = `import('tsx/esm/api').then(({ register }) => (register(), import('${import.meta.url}')))`
  const worker = new Worker(load, { eval: true })
  const open = new Map<number, { resolve: (embeddings: Embeddings) => void; reject: (error: Error) => void }>()
  worker.on('message', (answer: Answer) => {
    const { resolve, reject } = open.get(answer.id)!
    open.delete(answer.id)
    if ('error' in answer) reject(new Error(answer.error))
    else resolve(answer.embeddings)
  })
  worker.on('error', (error: Error) => open.forEach(({ reject }) => reject(error)))
  let id = 0
  const ask = (question: Question) =>
    new Promise<Embeddings>((resolve, reject) => {
      open.set(++id, { resolve, reject })
      worker.postMessage({ id, ...question })
    })
  return { ask, stop: () => worker.terminate() }
}

async function search(query: string, folder: string): Promise<void> {
  let ticks = 0
  const timer = setInterval(() => ticks++, 10)
  const pictures = readdirSync(folder).flatMap((file) => (file.endsWith('.png') ? [`${folder}/${file}`] : []))
  const { ask, stop } = startWorker()
  const [texts, images] = await Promise.all([ask({ texts: [query] }), ask({ images: pictures })])
  const { data } = cosineSimilarity(texts, images) // [1, pictures]
  console.log(`“${query}”: ${pictures[data.indexOf(Math.max(...data))]}`)
  console.log(`Meanwhile a timer of 10 ms on the main thread fired ${ticks} times.`)
  clearInterval(timer)
  await stop()
}
