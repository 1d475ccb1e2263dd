/** Opens a model on this thread or in workers, and loads only the code that this needs. */
import type { Engine, Opening } from './engine'

/** @throws DreamLIPError as `DreamLIP.load` and `DreamLIP.create` */
export async function openEngine(opening: Opening): Promise<Engine> {
  if (wantsWorkers(opening)) {
    const { openInWorkers } = await import('./worker/workers')
    return openInWorkers(opening)
  }
  const { openHere } = await import('./here')
  return openHere(opening)
}

function wantsWorkers({ options }: Opening): boolean {
  const { worker = false, workers } = options ?? {}
  return worker !== false || workers !== undefined
}
