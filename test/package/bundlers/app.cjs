const { pipeline } = require('./pipeline.mjs')

pipeline(require('kindred'), require('kindred/data'))
