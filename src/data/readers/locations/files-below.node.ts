/** The files in a folder and below it. */
import { isPlatformJunk } from './platform-junk'

/** Paths relative to the folder, without hidden files and those that operating systems create. */
export async function filesBelow(folder: string): Promise<string[]> {
  const { glob } = await import('tinyglobby') // programs that are bundled as CommonJS cannot load it at their start
  return (await glob('**/*', { cwd: folder })).filter((path) => !isPlatformJunk(path))
}
