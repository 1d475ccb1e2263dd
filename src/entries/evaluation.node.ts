/** `dreamlip/evaluation` in Node: the exports for every platform, and those that need files. */
export * from './evaluation'

export { runBenchmark, type BenchmarkModel, type BenchmarkOptions } from '../evaluation/benchmark/run-benchmark.node.ts'
export type { KnownSet, KnownSets, OpenSetOptions } from '../evaluation/datasets/known-set'
export { knownSets } from '../evaluation/datasets/known-sets.node.ts'
