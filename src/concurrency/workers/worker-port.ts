/** The connection between a worker and the thread that started it, in Node and in browsers, and its messages. */

export type ToWorker<Task> = { readonly id: number; readonly task: Task } | { readonly cancel: number }

export type FromWorker<Result, Event = never> =
  | { readonly ready: true }
  | { readonly id: number; readonly event: Event }
  | { readonly id: number; readonly result: Result }
  | { readonly id: number; readonly error: PortableError }

/** An error as it is sent. Otherwise classes, codes and complex causes would be lost. */
export interface PortableError {
  readonly name: string
  readonly message: string
  /** The code of a DreamLIPError or a system error. */
  readonly code?: string
  /** The number of the item that the error is about. */
  readonly index?: number
  readonly cause?: PortableError
}

/** A started worker, as the thread that started it sees it. */
export interface WorkerPort {
  /** @param transfer objects to transfer to the worker instead of copying them */
  post(message: unknown, transfer?: readonly Transferable[]): void
  /** @param onEnd is called once, when the worker has ended. `cause` is the error that ended it */
  listen(onMessage: (message: unknown) => void, onEnd: (reason: string, cause?: unknown) => void): void
  /** Whether the worker keeps the process alive. */
  hold(alive: boolean): void
  /** Ends the worker, even during a computation. Resolves when it has ended. */
  end(): Promise<void>
}

/** The thread that started a worker, as the worker sees it. */
export interface StarterPort {
  post(message: unknown, transfer: readonly Transferable[]): void
  listen(onMessage: (message: unknown) => void): void
}
