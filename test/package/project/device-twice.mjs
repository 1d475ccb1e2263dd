/** Loads the model inside twice and says what each runs on: `node device-twice.mjs options`. */
import { DreamLIP } from 'dreamlip'

const options = JSON.parse(process.argv[2])
const models = [await DreamLIP.load(undefined, options), await DreamLIP.load(undefined, options)]
console.log(JSON.stringify(models.map(({ device }) => device.backend)))
