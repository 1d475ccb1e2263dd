/** Two bundles that each contain the package, in one process, as in multi-route servers: `node two-copies.cjs a.cjs b.cjs`. */
async function main() {
  const copies = process.argv.slice(2).map((file) => require(file).DreamLIP)
  const first = {}
  for (const device of ['auto', 'wasm', 'cpu']) {
    const models = []
    for (const copy of copies) models.push(await copy.load(undefined, { device }))
    first[device] = []
    // In turn, each time with a length that neither copy has computed yet.
    for (const text of ['a cat', 'a cat and three dogs', 'a cat, three dogs and a red bus in the street']) {
      for (const model of models) first[device].push((await model.encodeText(text)).data[0])
    }
    models.forEach((model) => model.dispose())
  }
  console.log(JSON.stringify(first))
}

void main()
