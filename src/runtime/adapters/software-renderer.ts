/** Recognises graphics drivers that compute on the processor. They run models more slowly than WebAssembly does. */

/** The names that drivers report, and their common names. */
const renderers: readonly (readonly [RegExp, string])[] = [
  [/swiftshader/i, 'SwiftShader'],
  [/llvmpipe|lavapipe/i, 'llvmpipe'],
  [/softpipe/i, 'softpipe'],
  [/basic render|\bwarp\b/i, 'Microsoft Basic Render Driver'],
  [/apple software renderer/i, 'Apple Software Renderer'],
  [/gdi generic/i, 'GDI Generic'],
  [/swrast|mesa offscreen|software (rasterizer|renderer|adapter)/i, 'a software rasterizer'],
]

/** The name of the software renderer, or undefined for hardware and for drivers that report nothing. */
export function softwareRenderer(...descriptions: readonly (string | undefined)[]): string | undefined {
  const text = descriptions.join(' ')
  return renderers.find(([pattern]) => pattern.test(text))?.[1]
}

/** Facts about a WebGPU adapter, as browsers report them. Some leave all names empty. */
export interface Adapter {
  readonly info?: {
    readonly vendor?: string
    readonly architecture?: string
    readonly device?: string
    readonly description?: string
    readonly isFallbackAdapter?: boolean
  }
  /** Its location in browsers before 2025. */
  readonly isFallbackAdapter?: boolean
}

/** The name of the software behind a WebGPU adapter, or undefined for hardware. */
export function softwareAdapter({ info = {}, isFallbackAdapter }: Adapter): string | undefined {
  const { vendor, architecture, device, description } = info
  const name = softwareRenderer(vendor, architecture, device, description)
  return name ?? (info.isFallbackAdapter || isFallbackAdapter ? 'a fallback adapter' : undefined)
}
