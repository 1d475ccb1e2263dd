/** The package as a CommonJS module. */
const dreamlip = require('dreamlip')

import('./embed.mjs')
  .then(({ embed }) => embed(dreamlip, process.argv[2]))
  .then((result) => console.log(JSON.stringify(result)))
