/** The model inside the package, from an ES module: `node embedded.mjs image text`. */
import * as dreamlip from 'dreamlip'
import embedded from './embed-inside.cjs'

embedded(dreamlip)
