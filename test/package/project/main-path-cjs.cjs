/** The main path from a CommonJS module: `node main-path-cjs.cjs examples`. */
const dreamlip = require('dreamlip')
const takeMainPath = require('./main-path.cjs')

takeMainPath(dreamlip, process.argv[2]).then((backends) => console.log(JSON.stringify(backends)))
