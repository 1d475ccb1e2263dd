/** Keeps an output to one model and one set of settings, which are written before its first shard. */
import type { Destination } from '../destination/destination'
import { settingsFile } from './shard-files'
import { checkSameOutput, jsonBytes, type ShardIdentity } from './shard-report'

type OutputSettings = Pick<ShardIdentity, 'model' | 'settings'>

/**
 * Writes the model and the settings into an output that has none. If two machines start an output at once with different ones, the
 * machine that wrote first is refused at its next shard.
 * @throws DreamLIPError `OUTPUT_MISMATCH` if the output has others
 */
export async function claimOutput(
  destination: Destination,
  { model, settings }: OutputSettings,
  signal?: AbortSignal,
): Promise<void> {
  const found = await readSettings(destination, signal)
  if (!found) return destination.write(settingsFile, [jsonBytes({ model, settings })], signal)
  checkSameOutput(`${destination.name}: ${settingsFile}`, ['model', 'settings'], { model, settings }, found)
}

/** An incomplete file counts as missing. */
async function readSettings(destination: Destination, signal?: AbortSignal): Promise<OutputSettings | undefined> {
  const bytes = await destination.read(settingsFile, signal)
  try {
    const found = JSON.parse(new TextDecoder().decode(bytes)) as Partial<OutputSettings> | null
    return found?.model !== undefined && found.settings !== undefined ? (found as OutputSettings) : undefined
  } catch {
    return undefined
  }
}
