/** The model inside the package, from CommonJS: `node embedded.cjs image text`. */
require('./embed-inside.cjs')(require('dreamlip'))
