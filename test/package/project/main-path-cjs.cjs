/** The main path from a CommonJS module: `node main-path-cjs.cjs examples`. */
const dreamlip = require('dreamlip')

import('./main-path.mjs')
  .then(({ takeMainPath }) => takeMainPath(dreamlip, process.argv[2]))
  .then((results) => console.log(JSON.stringify(results)))
