/** Detects whether the browser's WebGPU or WebGL computes in software, by the names that its driver reports. */
import { softwareAdapter, softwareRenderer, type Adapter } from './software-renderer'

type Interface = 'WebGPU' | 'WebGL'

const finders: Readonly<Record<Interface, () => Promise<string | undefined>>> = {
  WebGPU: softwareGPU,
  WebGL: softwareGL,
}

/** A page has one adapter per interface, so it is queried once. */
const found = new Map<Interface, Promise<string | undefined>>()

/** Why WASM is faster than the interface; undefined for hardware, or if nothing is known. */
export async function whySlow(name: Interface): Promise<string | undefined> {
  const finding = found.get(name) ?? finders[name]()
  found.set(name, finding)
  const software = await finding
  return software && `${name} adapter is software (${software}): WASM is faster`
}

async function softwareGPU(): Promise<string | undefined> {
  const adapter = (await navigator.gpu?.requestAdapter()) as Adapter | null | undefined
  return adapter ? softwareAdapter(adapter) : undefined
}

async function softwareGL(): Promise<string | undefined> {
  const gl = createCanvas().getContext('webgl2')
  if (!gl) return undefined
  const unmasked = gl.getExtension('WEBGL_debug_renderer_info')
  const parameters = [gl.RENDERER, ...(unmasked ? [unmasked.UNMASKED_RENDERER_WEBGL] : [])]
  const software = softwareRenderer(...parameters.map((parameter) => gl.getParameter(parameter) as string))
  gl.getExtension('WEBGL_lose_context')?.loseContext() // browsers keep only a few contexts
  return software
}

function createCanvas(): { getContext(name: 'webgl2'): WebGL2RenderingContext | null } {
  return typeof OffscreenCanvas === 'function' ? new OffscreenCanvas(1, 1) : document.createElement('canvas')
}
