import { makeLog, quickAls } from './logs.mjs'

quickAls()
  .fit(makeLog())
  .then((model) => console.log('done', model.items.size))
