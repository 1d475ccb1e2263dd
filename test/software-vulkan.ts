/** Finds Chromium's software Vulkan driver, on which WebGPU in Node can run without a GPU. */
import { existsSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { executable } from './browser/chromium'

/** Debian's `chromium` is a script that starts the binary in its library folder. */
const folders = [executable && dirname(realpathSync(executable)), '/usr/lib/chromium', '/usr/lib/chromium-browser']

const folder = folders.find(
  (path) => path && existsSync(join(path, 'vk_swiftshader_icd.json')) && existsSync(join(path, 'libvulkan.so.1')),
)

/** The environment in which a new process finds the driver (the loader looks for it at start); undefined if there is none. */
export const softwareVulkan: NodeJS.ProcessEnv | undefined = folder
  ? {
      ...process.env,
      LD_LIBRARY_PATH: [folder, process.env.LD_LIBRARY_PATH].filter(Boolean).join(':'),
      VK_DRIVER_FILES: join(folder, 'vk_swiftshader_icd.json'),
    }
  : undefined
