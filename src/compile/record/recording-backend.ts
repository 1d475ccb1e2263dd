/** A tfjs backend that tracks the origin of values, but not the values. */
import { KernelBackend, type BackendValues, type DataType } from '@tensorflow/tfjs-core'
import { createDataStorage } from '../../ops/tfjs-internals'
import type { GraphBuilder, Operand } from '../graph'
import { unrecordable } from '../unrecordable'

/** The data of a tensor: its values, or its value in the graph. */
export type Datum = { refCount: number } & (
  { readonly values: BackendValues } | { readonly recording: Recording; readonly operand: Operand }
)

/** The recording of one function. */
export interface Recording {
  readonly graph: GraphBuilder
  /** Constants that are already in the graph. */
  readonly names: Map<Datum, () => string>
}

export class RecordingBackend extends KernelBackend {
  recording: Recording | undefined
  private readonly data = createDataStorage<Datum>(this)

  /** @param name the name of the backend in tfjs */
  constructor(readonly name: string) {
    super()
  }

  override write(values: BackendValues, _shape: number[], _dtype: DataType) {
    return this.add({ refCount: 1, values })
  }

  override move(dataId: object, values: BackendValues, _shape: number[], _dtype: DataType, refCount: number) {
    this.data.set(dataId, { refCount, values })
  }

  override readSync(dataId: object): BackendValues {
    const datum = this.data.get(dataId)
    if ('values' in datum) return datum.values
    throw unrecordable(
      'the values of a tensor were read (data, dataSync, array, print)',
      'Values exist only when the compiled function runs: return the tensor, and read it from the result.',
    )
  }

  override async read(dataId: object): Promise<BackendValues> {
    return this.readSync(dataId)
  }

  override disposeData(dataId: object, force = false): boolean {
    if (!this.data.has(dataId)) return true
    const datum = this.data.get(dataId)
    datum.refCount--
    if (!force && datum.refCount > 0) return false
    this.data.delete(dataId)
    return true
  }

  override incRef(dataId: object) {
    this.data.get(dataId).refCount++
  }

  override refCount(dataId: object): number {
    return this.data.has(dataId) ? this.data.get(dataId).refCount : 0
  }

  override numDataIds(): number {
    return this.data.numDataIds()
  }

  override memory() {
    return { unreliable: true }
  }

  override floatPrecision(): 32 {
    return 32
  }

  override epsilon(): number {
    return 1e-7
  }

  override timerAvailable(): boolean {
    return false
  }

  datum(dataId: object): Datum {
    return this.data.get(dataId)
  }

  add(datum: Datum): object {
    const dataId = {}
    this.data.set(dataId, datum)
    return dataId
  }
}
