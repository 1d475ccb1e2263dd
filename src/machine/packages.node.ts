/** The packages that this one can use, and the consequences of missing ones. */
import { findPackage, loadNatively, loadPackage } from '../installed.node.ts'

export interface FoundPackage {
  readonly name: string
  /** Undefined if it is not installed. */
  readonly version?: string
  /** Why it cannot be used. */
  readonly problem?: string
  /** The consequence if the package is missing. */
  readonly cost?: string
  /** Commands that diagnose and fix the problem. */
  readonly remedy?: string
}

interface Known {
  readonly name: string
  /** Packages are loaded only if nothing else loads them, and if loading has no side effects. */
  readonly load?: (name: string) => unknown
  readonly cost?: string
  readonly remedy?: string
}

/** Required packages, then those that npm installs if it can, then those that users install. */
const known: readonly Known[] = [
  { name: '@tensorflow/tfjs-core' },
  { name: '@tensorflow/tfjs-backend-wasm' },
  {
    name: 'onnxruntime-node',
    load: loadNatively,
    cost: 'models run on WASM, at least 10 times slower',
    remedy: 'npm ls onnxruntime-node; ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node',
  },
  {
    name: 'sharp',
    load: loadPackage,
    cost: 'image files cannot be decoded',
    remedy: 'npm ls sharp; npm install sharp',
  },
  { name: 'onnxruntime-web' },
  { name: 'heic-decode' },
  { name: '@tensorflow/tfjs-node' },
  { name: '@tensorflow/tfjs-node-gpu' },
]

export function findPackages(): FoundPackage[] {
  return known.map(({ name, load, cost, remedy }) => {
    const version = findPackage(name)?.version
    const problem = load && problemOf(() => load(name))
    const found = { name, ...(version !== undefined && { version }) }
    return problem === undefined ? found : { ...found, problem, cost, remedy }
  })
}

function problemOf(load: () => unknown): string | undefined {
  try {
    load()
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}
