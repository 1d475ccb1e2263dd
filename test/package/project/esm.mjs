/** The package as an ES module. */
import * as dreamlip from 'dreamlip'
import { embed } from './embed.mjs'

console.log(JSON.stringify(await embed(dreamlip, process.argv[2])))
