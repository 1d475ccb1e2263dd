/** Tells the user something that is no error: through Node's warnings, or the browser's console. */

/** Shows a message once. In Node `process.on('warning')` hears it and `--no-warnings` silences it. */
export function warn(message: string): void {
  const { process } = globalThis as { process?: { emitWarning?: (message: string, type: string) => void } }
  if (typeof process?.emitWarning === 'function') process.emitWarning(message, 'DreamLIPWarning')
  // eslint-disable-next-line no-console -- the browser's only place for warnings
  else console.warn(`DreamLIPWarning: ${message}`)
}
