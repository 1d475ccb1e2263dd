/** Detection of graphics drivers that compute in software, with the names that real drivers report. */
import { describe, expect, it } from 'vitest'
import { softwareAdapter, softwareRenderer } from '../../../src/runtime/adapters/software-renderer'

describe('softwareRenderer', () => {
  it.each([
    ['ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device (Subzero) (0x0000C0DE)), SwiftShader driver)', 'SwiftShader'],
    ['ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device (LLVM 10.0.0) (0x0000C0DE)), SwiftShader driver)', 'SwiftShader'],
    ['Google SwiftShader', 'SwiftShader'],
    ['llvmpipe (LLVM 15.0.7, 256 bits)', 'llvmpipe'],
    ['llvmpipe, or similar', 'llvmpipe'], // Firefox
    ['Gallium 0.4 on llvmpipe (LLVM 3.8, 256 bits)', 'llvmpipe'],
    ['ANGLE (Mesa, llvmpipe (LLVM 20.1.2 256 bits), OpenGL 4.5)', 'llvmpipe'],
    ['ANGLE (Mesa, Vulkan 1.3.255 (llvmpipe (LLVM 15.0.7, 256 bits) (0x00000000)), llvmpipe)', 'llvmpipe'],
    ['virgl (LLVMPIPE (LLVM 15.0.7, 256 bits))', 'llvmpipe'], // a virtual card on a host without a card
    ['Mesa softpipe', 'softpipe'],
    [
      'ANGLE (Microsoft, Microsoft Basic Render Driver Direct3D11 vs_5_0 ps_5_0, D3D11-10.0.19041.546)',
      'Microsoft Basic Render Driver',
    ],
    [
      'ANGLE (Microsoft, Microsoft Basic Render Driver (0x0000008C) Direct3D11 vs_5_0 ps_5_0, D3D11)',
      'Microsoft Basic Render Driver',
    ],
    ['D3D12 (Microsoft Basic Render Driver)', 'Microsoft Basic Render Driver'], // Mesa in WSL
    ['Apple Software Renderer', 'Apple Software Renderer'],
    ['GDI Generic', 'GDI Generic'],
    ['Software Rasterizer', 'a software rasterizer'],
    ['Mesa OffScreen', 'a software rasterizer'],
  ])('recognises %s', (description, name) => expect(softwareRenderer(description)).toBe(name))

  it.each([
    'ANGLE (NVIDIA, NVIDIA GeForce RTX 4070 (0x00002786) Direct3D11 vs_5_0 ps_5_0, D3D11)',
    'ANGLE (NVIDIA, Vulkan 1.4.312 (NVIDIA GeForce RTX 3080 Ti (0x00002208)), NVIDIA)',
    'ANGLE (Intel, Intel(R) UHD Graphics 620 (0x00003EA0) Direct3D11 vs_5_0 ps_5_0, D3D11)',
    'ANGLE (Intel, Mesa Intel(R) Iris(R) Xe Graphics (TGL GT2), OpenGL 4.6)',
    'ANGLE (AMD, AMD Radeon RX 7900 XTX (radeonsi, navi31, LLVM 17.0.6, DRM 3.57), OpenGL 4.6)',
    'ANGLE (Apple, ANGLE Metal Renderer: Apple M2 Pro, Unspecified Version)',
    'Apple GPU',
    'Adreno (TM) 740',
    'Mali-G78',
    'PowerVR Rogue GE8320',
    'NVIDIA GeForce GTX 980, or similar', // Firefox
    'Generic Renderer', // Firefox, for unknown drivers
    'Mesa DRI Intel(R) HD Graphics 520 (Skylake GT2)',
    'SVGA3D; build: RELEASE;  LLVM;', // VMware: the host's card
    'ANGLE (VMware, Inc., SVGA3D; build: RELEASE; LLVM;, D3D11)',
    'virgl (AMD Radeon Graphics (radeonsi, renoir))',
    'Parallels using Apple M1 Pro (Compat)',
    'ANGLE (Virtio-GPU Venus (Intel), Vulkan 1.4.317)',
    'D3D12 (NVIDIA GeForce RTX 3060)',
    'WebKit WebGL', // masked
    '',
  ])('takes %s for hardware', (description) => expect(softwareRenderer(description)).toBeUndefined())

  it('looks at every description', () => {
    expect(softwareRenderer('WebKit WebGL', 'llvmpipe (LLVM 19.1.7, 256 bits)')).toBe('llvmpipe')
    expect(softwareRenderer(undefined, 'WebKit WebGL')).toBeUndefined()
  })
})

describe('softwareAdapter', () => {
  const info = (vendor: string, architecture: string, description = '', isFallbackAdapter = false) => {
    return { info: { vendor, architecture, device: '', description, isFallbackAdapter } }
  }

  it.each([
    [info('google', 'swiftshader'), 'SwiftShader'],
    [info('google', 'swiftshader', 'SwiftShader Device (Subzero)', true), 'SwiftShader'],
    [info('mesa', '', 'llvmpipe (LLVM 19.1.7, 256 bits)', true), 'llvmpipe'],
    [info('microsoft', 'warp', '', true), 'Microsoft Basic Render Driver'],
    [info('microsoft', '', 'Microsoft Basic Render Driver', true), 'Microsoft Basic Render Driver'],
    [info('', '', '', true), 'a fallback adapter'], // a browser that leaves the names empty
    [{ isFallbackAdapter: true }, 'a fallback adapter'], // before 2025
    [{ ...info('', ''), isFallbackAdapter: true }, 'a fallback adapter'],
  ])('recognises %j', (adapter, name) => expect(softwareAdapter(adapter)).toBe(name))

  it.each([
    info('nvidia', 'ampere'),
    info('nvidia', 'lovelace', 'NVIDIA GeForce RTX 4090'),
    info('amd', 'rdna-3'),
    info('intel', 'gen-12lp', 'Intel(R) Iris(R) Xe Graphics'),
    info('apple', 'metal-3'),
    info('qualcomm', 'adreno-7xx'),
    info('arm', 'valhall'),
    info('img-tec', ''),
    info('microsoft', ''), // Hyper-V's card
    info('', ''),
    {},
  ])('takes %j for hardware', (adapter) => expect(softwareAdapter(adapter)).toBeUndefined())
})
