/** Lets Node run sources that use tfjs's gradients: ES modules that import each other without file extensions, as bundlers allow. */
import { existsSync } from 'node:fs'
import { register } from 'node:module'

if (import.meta.url.endsWith('?hook') === false) register(`${import.meta.url}?hook`)

/** @type {import('node:module').ResolveHook} */
export async function resolve(specifier, context, next) {
  const parent = context.parentURL ?? ''
  if (specifier.startsWith('.') && parent.includes('/@tensorflow/tfjs-core/dist/')) {
    for (const ending of ['.js', '/index.js']) {
      const url = new URL(specifier + ending, parent)
      if (existsSync(url)) return { url: url.href, format: 'module', shortCircuit: true }
    }
  }
  if (specifier.startsWith('@tensorflow/tfjs-core/dist/') && !specifier.endsWith('.js')) {
    return { ...(await next(`${specifier}.js`, context)), format: 'module' }
  }
  return next(specifier, context)
}
