/** A custom loss in an ES module. */
import * as tf from '@tensorflow/tfjs-core'
import * as dreamlip from 'dreamlip'
import ownLoss from './own-loss.cjs'

console.log(JSON.stringify(await ownLoss(tf, dreamlip)))
