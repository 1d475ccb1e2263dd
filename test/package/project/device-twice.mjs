/** Loads the embedded model twice and prints the device of each: `node device-twice.mjs options`. */
import { DreamLIP } from 'dreamlip'

const options = JSON.parse(process.argv[2])
const models = [await DreamLIP.load(undefined, options), await DreamLIP.load(undefined, options)]
console.log(JSON.stringify(models.map(({ device }) => device.backend)))
