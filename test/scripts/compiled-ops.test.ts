import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { compiledOpsTable, kernelNames } from '../../scripts/compiled-ops-table'
import { constantKernels, unsupportedKernels } from '../../src/compile/kernels/unsupported'
import { plainRules } from '../../src/compile/kernels/plain'

const groups = [Object.keys(plainRules), Object.keys(unsupportedKernels), [...constantKernels]]

describe('the rules', () => {
  it('know every kernel that tfjs-core declares, in one way each', () => {
    expect(groups.flat().sort()).toEqual(kernelNames())
  })
})

it('docs/compiled-ops.md is what the rules say (npx tsx scripts/compiled-ops.ts writes it)', () => {
  expect(readFileSync('docs/compiled-ops.md', 'utf8')).toBe(compiledOpsTable())
})
