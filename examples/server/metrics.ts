/** Counts answers and measures delays, in the text format of Prometheus. */
import { createHistogram, monitorEventLoopDelay } from 'node:perf_hooks'

export interface Metrics {
  /** Called when a request arrives; returns what its answer calls. Only the first call counts. */
  start(): (route: string, status: number) => void
  text(): string
  stop(): void
}

export function createMetrics(): Metrics {
  const answers = new Map<string, number>()
  const latency = createHistogram() // microseconds
  const eventLoop = monitorEventLoopDelay({ resolution: 10 })
  eventLoop.enable()
  return {
    start() {
      const began = performance.now()
      let counted = false
      return (route, status) => {
        if (counted) return
        counted = true
        const key = `route="${route}",status="${status}"`
        answers.set(key, (answers.get(key) ?? 0) + 1)
        latency.record(Math.max(1, Math.round(1000 * (performance.now() - began))))
      }
    },
    text: () =>
      [
        '# TYPE dreamlip_answers_total counter',
        ...[...answers].map(([labels, count]) => `dreamlip_answers_total{${labels}} ${count}`),
        '# TYPE dreamlip_latency_seconds summary',
        ...[50, 99].map((p) => `dreamlip_latency_seconds{quantile="${p / 100}"} ${latency.percentile(p) / 1e6}`),
        '# TYPE dreamlip_event_loop_delay_seconds summary',
        `dreamlip_event_loop_delay_seconds{quantile="0.99"} ${eventLoop.percentile(99) / 1e9}`,
        '# TYPE process_resident_memory_bytes gauge',
        `process_resident_memory_bytes ${process.memoryUsage.rss()}`,
        '',
      ].join('\n'),
    stop: () => eventLoop.disable(),
  }
}
