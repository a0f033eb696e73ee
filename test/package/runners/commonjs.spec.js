const kindred = require('kindred')
const workload = require('./workload.js')

workload(kindred, { test, expect })
