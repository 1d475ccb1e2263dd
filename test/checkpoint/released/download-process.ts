/** A process that downloads a checkpoint: `download-process.ts URL FOLDER` prints the result as JSON. */
import { downloadCheckpoint } from '../../../src/checkpoint/released/download.node.ts'

const [url = '', cacheDir] = process.argv.slice(2)
console.log(JSON.stringify(await downloadCheckpoint(url, { cacheDir })))
