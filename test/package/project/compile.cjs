/** A custom loss in CommonJS. */
const tf = require('@tensorflow/tfjs-core')
const dreamlip = require('dreamlip')

require('./own-loss.cjs')(tf, dreamlip).then((result) => console.log(JSON.stringify(result)))
