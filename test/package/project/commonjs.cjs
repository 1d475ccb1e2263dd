/** The package as a CommonJS module: `node commonjs.cjs examples [ways]`. */
const dreamlip = require('dreamlip')

const [examples, ways] = process.argv.slice(2)
import('./embed.mjs')
  .then(({ embed }) => embed(dreamlip, examples, ways && JSON.parse(ways)))
  .then((result) => console.log(JSON.stringify(result)))
