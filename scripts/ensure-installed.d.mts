/** The types of the functions that a test calls directly. */
interface Lock {
  readonly packages: Readonly<Record<string, object>>
}
export function leftOut(wanted: Lock, installed: Lock): string[]
