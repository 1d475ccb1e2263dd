/** A task that several callers wait for: it runs once, and a caller that gives up does not end it for the others. */
import { onAbort } from './on-abort'

/** A caller's options for waiting. */
export interface Waiting<Report> {
  /** Ends only this caller's waiting. When no caller waits any more, the task itself is aborted. */
  readonly signal?: AbortSignal
  /** Gets the reports of the task. If it throws, only this caller's waiting ends. */
  readonly onReport?: (report: Report) => void
}

export interface SharedTask<Report> {
  /** Whether the task has succeeded. */
  readonly done: boolean
  /** Starts the task unless it runs or has succeeded. A task that failed is started again. @throws its error; the signal's reason */
  wait(how?: Waiting<Report>): Promise<void>
  /** Aborts the task, and rejects all calls that wait and all later ones. */
  stop(reason: unknown): void
}

interface Caller<Report> {
  readonly onReport?: (report: Report) => void
  resolve(): void
  reject(error: unknown): void
}

interface Running<Report> {
  readonly abort: AbortController
  readonly callers: Set<Caller<Report>>
}

/** @param run must stop when its signal is aborted */
export function sharedTask<Report>(
  run: (signal: AbortSignal, report: (report: Report) => void) => Promise<void>,
): SharedTask<Report> {
  let done = false
  let running: Running<Report> | undefined
  let stopped: { readonly reason: unknown } | undefined

  const start = (): Running<Report> => {
    const started = { abort: new AbortController(), callers: new Set<Caller<Report>>() }
    const settle = (settleOne: (caller: Caller<Report>) => void) => {
      if (running === started) running = undefined
      started.callers.forEach(settleOne)
    }
    run(started.abort.signal, (report) => tellAll(started.callers, report)).then(
      () => {
        done = true
        settle(({ resolve }) => resolve())
      },
      (error: unknown) => settle(({ reject }) => reject(error)),
    )
    return started
  }

  return {
    get done() {
      return done
    },
    async wait({ signal, onReport } = {}) {
      if (stopped) throw stopped.reason
      if (done) return
      signal?.throwIfAborted()
      const joined = (running ??= start())
      let [caller, stopListening]: [Caller<Report> | undefined, () => void] = [undefined, () => undefined]
      try {
        await new Promise<void>((resolve, reject) => {
          caller = { onReport, resolve, reject }
          joined.callers.add(caller)
          stopListening = onAbort(signal, () => reject(signal!.reason as Error))
        })
      } finally {
        stopListening()
        joined.callers.delete(caller!)
        if (joined.callers.size === 0 && running === joined) {
          running = undefined
          joined.abort.abort()
        }
      }
    },
    stop(reason) {
      stopped = { reason }
      running?.abort.abort(reason)
      running?.callers.forEach(({ reject }) => reject(reason))
    },
  }
}

function tellAll<Report>(callers: ReadonlySet<Caller<Report>>, report: Report): void {
  for (const { onReport, reject } of callers) {
    try {
      onReport?.(report)
    } catch (error) {
      reject(error)
    }
  }
}
