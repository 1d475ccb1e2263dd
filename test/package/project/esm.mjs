/** The package as an ES module: `node esm.mjs examples [ways]`. */
import * as dreamlip from 'dreamlip'
import { embed } from './embed.mjs'

const [examples, ways] = process.argv.slice(2)
console.log(JSON.stringify(await embed(dreamlip, examples, ways && JSON.parse(ways))))
