/** Shows a warning: as a process warning in Node, or on the browser's console. */

/** Shows a warning. In Node, `process.on('warning')` receives it and `--no-warnings` silences it. */
export function warn(message: string): void {
  const { process } = globalThis as { process?: { emitWarning?: (message: string, type: string) => void } }
  if (typeof process?.emitWarning === 'function') process.emitWarning(message, 'DreamLIPWarning')
  // eslint-disable-next-line no-console -- the browser's only place for warnings
  else console.warn(`DreamLIPWarning: ${message}`)
}
