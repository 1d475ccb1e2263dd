/** Yields to other work of the event loop. */

/**
 * Resolves after one turn of the event loop. Synchronous devices (tfjs's WASM and CPU) never wait for anything. Without this, a long
 * loop of runs would block interrupts, timers and clicks, and no AbortSignal could be aborted.
 */
export function nextTurn(): Promise<void> {
  const { setImmediate } = globalThis as { setImmediate?: (callback: () => void) => unknown } // exists only in Node
  if (setImmediate) return new Promise((resolve) => void setImmediate(resolve))
  const { port1, port2 } = new MessageChannel()
  return new Promise((resolve) => {
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(undefined)
  })
}
