/** The names and shapes of a program's inputs as text. Each signature has its own graph. */
import type { HostArray } from '../../runtime'

export function signature(inputs: Readonly<Record<string, HostArray>>): string {
  return Object.entries(inputs)
    .map(([name, { shape }]) => `${name}[${shape.join()}]`)
    .join()
}
