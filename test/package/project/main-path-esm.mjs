/** The main path from an ES module: `node main-path-esm.mjs examples`. */
import * as dreamlip from 'dreamlip'
import takeMainPath from './main-path.cjs'

console.log(JSON.stringify(await takeMainPath(dreamlip, process.argv[2])))
