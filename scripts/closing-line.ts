/** A vitest reporter whose last line states in plain words how many tests passed and failed. */
import type { Reporter, SerializedError, TestModule, TestRunEndReason } from 'vitest/node'

export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[], reason: TestRunEndReason): void {
    const count = { passed: 0, failed: errors.length, skipped: 0 }
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        count[state === 'pending' ? 'failed' : state]++
      }
      // A file that does not load and a `beforeAll` that throws fail the run without failing a test.
      const blocks = [module, ...module.children.allSuites()]
      count.failed += blocks.filter((block) => block.errors().length > 0).length
    }
    // A setup that throws ends the run before any test.
    if (reason !== 'passed' && count.failed === 0) count.failed = 1
    console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`)
  }
}
