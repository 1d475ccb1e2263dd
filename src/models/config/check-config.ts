/** Checks the values of a model config, one by one and together. */
import { show as showValue } from '../../check-arguments'
import { DreamLIPError } from '../../errors'
import type { CLIPConfig } from './clip-config'

interface Rule {
  readonly expected: string
  readonly holds: (value: unknown) => boolean
}

/** Limits far above any real model, so that a hostile config cannot cause unlimited work. */
const size = wholeNumber(2 ** 20)
const layers = wholeNumber(1024)
const ratio: Rule = {
  expected: 'a number above 0 and at most 64',
  holds: (value) => typeof value === 'number' && value > 0 && value <= 64,
}
const layerScale: Rule = {
  expected: 'a number, or null for none',
  holds: (value) => value === null || Number.isFinite(value),
}
const flag: Rule = { expected: 'true or false', holds: (value) => typeof value === 'boolean' }
const epsilon: Rule = {
  expected: 'a number above 0 and at most 1',
  holds: (value) => typeof value === 'number' && value > 0 && value <= 1,
}

const rules: Readonly<Record<string, Rule>> = {
  family: {
    expected: 'the name of a family, or none for CLIP',
    holds: (value) => value === undefined || typeof value === 'string',
  },
  embedDim: size,
  quickGelu: flag,
  'vision.imageSize': size,
  'vision.patchSize': size,
  'vision.width': size,
  'vision.layers': layers,
  'vision.headWidth': size,
  'vision.mlpRatio': ratio,
  'vision.layerScaleInit': layerScale,
  'vision.pool': oneOf('token', 'average', 'map'),
  'vision.noLnPre': flag,
  'vision.finalLnAfterPool': flag,
  'vision.noClassToken': optional(flag),
  'vision.patchBias': optional(flag),
  'vision.noProjection': optional(flag),
  'vision.tanhGelu': optional(flag),
  'vision.normEpsilon': optional(epsilon),
  'text.contextLength': size,
  'text.vocabularySize': size,
  'text.width': size,
  'text.heads': size,
  'text.layers': layers,
  'text.mlpRatio': ratio,
  'text.layerScaleInit': layerScale,
  'text.noCausalMask': optional(flag),
  'text.pool': optional(oneOf('end', 'last', 'first')),
  'text.noProjection': optional(flag),
  'text.projectionBias': optional(flag),
  'text.padId': optional({
    expected: 'a whole number of at least 0',
    holds: (id) => Number.isInteger(id) && (id as number) >= 0,
  }),
  'text.cleaning': optional(oneOf('whitespace', 'lower', 'canonicalize', 'siglip', 'lower-only')),
  'text.tanhGelu': optional(flag),
  'text.normEpsilon': optional(epsilon),
  logitBiasInit: optional({ expected: 'a number', holds: Number.isFinite }),
}

/** Returns the config if a model can be built from it. @throws DreamLIPError `INVALID_CONFIG`, listing all problems */
export function checkConfig(config: CLIPConfig): CLIPConfig {
  const wrong = Object.entries(rules).flatMap(([path, { expected, holds }]) => {
    const value = path
      .split('.')
      .reduce<unknown>((part, key) => (part as Record<string, unknown> | null | undefined)?.[key], config)
    return holds(value) ? [] : [`${path}: expected ${expected}, got ${show(value)}`]
  })
  const problems = wrong.length > 0 ? wrong : contradictions(config)
  if (problems.length > 0) throw invalidConfig(problems)
  return config
}

/** The error for a config with these problems. */
export function invalidConfig(problems: readonly string[]): DreamLIPError {
  return new DreamLIPError('INVALID_CONFIG', `config: ${problems.join('; ')}.`)
}

/** A value, formatted for error messages. */
export function show(value: unknown): string {
  return value === undefined ? 'nothing' : showValue(value)
}

function contradictions({ embedDim, quickGelu, vision, text }: CLIPConfig): string[] {
  const problems: string[] = []
  if (vision.noClassToken && vision.pool === 'token') {
    problems.push("vision: without a class token, pool must be 'average' or 'map'")
  }
  for (const [name, tower] of Object.entries({ vision, text })) {
    if (tower.noProjection && tower.width !== embedDim) {
      problems.push(`${name}: without a projection, the width ${tower.width} must be embedDim, ${embedDim}`)
    }
  }
  if (quickGelu && (vision.tanhGelu || text.tanhGelu)) problems.push('quickGelu and tanhGelu exclude each other')
  if (text.padId !== undefined && text.padId >= text.vocabularySize) {
    problems.push(`text: padId ${text.padId} is not in the vocabulary of ${text.vocabularySize}`)
  }
  if (vision.patchSize > vision.imageSize) {
    problems.push(
      `vision: a patch of ${vision.patchSize} pixels is larger than the image of ${vision.imageSize} pixels`,
    )
  }
  if (vision.width % vision.headWidth !== 0) {
    problems.push(`vision: heads of ${vision.headWidth} do not divide the width ${vision.width}`)
  }
  if (text.width % text.heads !== 0) {
    problems.push(`text: ${text.heads} heads do not divide the width ${text.width}`)
  }
  return problems
}

function optional({ expected, holds }: Rule): Rule {
  return { expected: `${expected}, or nothing`, holds: (value) => value === undefined || holds(value) }
}

function oneOf(...values: readonly string[]): Rule {
  return {
    expected: values.map((value) => `'${value}'`).join(' or '),
    holds: (value) => values.some((known) => known === value),
  }
}

function wholeNumber(most: number): Rule {
  return {
    expected: `a whole number from 1 to ${most}`,
    holds: (value) => Number.isInteger(value) && (value as number) >= 1 && (value as number) <= most,
  }
}
