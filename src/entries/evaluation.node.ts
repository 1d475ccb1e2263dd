/** `dreamlip/evaluation` in Node: that of every platform, and what needs files. */
export * from './evaluation'

export { runBenchmark, type BenchmarkModel, type BenchmarkOptions } from '../evaluation/benchmark/run-benchmark.node.ts'
export type { KnownSet, KnownSets, OpenSetOptions } from '../evaluation/datasets/known-set'
export { knownSets } from '../evaluation/datasets/known-sets.node.ts'
