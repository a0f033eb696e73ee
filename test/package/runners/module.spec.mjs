import * as kindred from 'kindred'
import { IdMap } from 'kindred/data'
import workload from './workload.js'

workload(kindred, { test, expect })

test('the parts of the package share their classes', () => {
  expect(kindred.Interactions.from([{ user: 1, item: 2 }]).users).toBeInstanceOf(IdMap)
})
