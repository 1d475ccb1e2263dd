/** The description of a machine as text, for a bug report. */
import type { Machine } from '../index.node.ts'
import { formatBytes } from './progress'

export function renderMachine(machine: Machine): string {
  const { dreamlip, host, system, libc, processor, memory, cards, cache } = machine
  const { model, threads, instructions = [] } = processor
  return [
    `dreamlip ${dreamlip}, ${[host, system, libc].filter(Boolean).join(', ')}`,
    `  processor  ${threads} × ${[model, ...instructions].join(', ')}`,
    `  memory     ${formatBytes(memory.total)}, ${formatBytes(memory.free)} free`,
    ...cards.map((card) => `  card       ${card}`),
    `  cache      ${cache.folder}: ${cache.files} files, ${formatBytes(cache.bytes)}`,
    ...renderDevices(machine),
    ...renderPackages(machine),
    ...renderEnvironment(machine),
  ].join('\n')
}

function renderDevices({ devices }: Machine): string[] {
  const lines = devices.map(({ name, runtime, backend, problem }) => {
    const title = `${name} (${runtime}, ${backend})`
    return `  ${title.padEnd(46)} ${problem === undefined ? 'works' : `no: ${problem}`}`
  })
  return ['devices', ...lines]
}

function renderPackages({ packages, images }: Machine): string[] {
  const lines = packages.flatMap(({ name, version = 'not installed', problem, cost, remedy }) => [
    `  ${name.padEnd(30)} ${version}${name === 'sharp' && images ? ` (libvips ${images.libvips}: ${images.formats.join(', ')})` : ''}`,
    ...(problem === undefined ? [] : [`    ${problem}: ${cost}. Run: ${remedy}`]),
  ])
  return ['packages', ...lines]
}

function renderEnvironment({ environment, proxy: { variables, used } }: Machine): string[] {
  const entries = Object.entries(environment)
  const note = used ? 'is used' : 'is not used: Node 24 and later use it with NODE_USE_ENV_PROXY=1'
  return [
    `environment${entries.length === 0 ? '  none of the relevant variables is set' : ''}`,
    ...entries.map(([name, value]) => `  ${name}=${value}`),
    ...(variables.length === 0 ? [] : [`  The proxy in ${variables.join(', ')} ${note}.`]),
  ]
}
